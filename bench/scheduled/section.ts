import { PAUSES_MEAN, pauseCells, pauseColumns } from '../pauses.ts';
import { processorSection } from '../processor.ts';
import { tell } from '../progress.ts';
import type { Section, Verdict } from '../report.ts';
import { requestsSection } from '../requests.ts';
import type { RequestsColumn } from '../requests.ts';
import { figure } from '../statistics.ts';
import { inTurn } from '../turns.ts';
import { measureRound } from './round.ts';
import type { Round } from './round.ts';
import { CALLERS, NODES, openSite } from './site.ts';
import type { Way } from './site.ts';

const PODS = 1_000;
const WARM_UP_PODS = 100;
const ROUNDS = 3;
const WAYS: readonly Way[] = ['without ports', 'Node pool'];
/** Of the time of as many pods without ports. */
const LONGER = 1.25;

/** Pods of a Node pool through the real scheduler, beside as many on the host network without ports. */
export async function measureScheduled(): Promise<readonly Section[]> {
  tell('scheduled: starting a cluster with everything, and two managers');
  await using owned = new AsyncDisposableStack();
  const site = await openSite(owned);
  for (const way of WAYS) await measureRound(site, way, WARM_UP_PODS);
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    tell(`scheduled: round ${round + 1} of ${ROUNDS}`);
    for (const way of inTurn(WAYS, round)) rounds.push(await measureRound(site, way, PODS));
  }
  return [sectionOf(rounds), requestsOf(rounds), processorOf(rounds)];
}

function sectionOf(rounds: readonly Round[]): Section {
  return {
    title: 'Pods of a Node pool through the scheduler',
    method: `${PODS} pods with two numbers each of a pool of scope Node, and as many on the host network without ports in a namespace without the label; created by ${CALLERS} callers, each one after the other, and bound by Kubernetes' scheduler (unthrottled) to ${NODES} nodes whose kubelets kwok plays; two managers. From the first create until the last is answered, all have a node, and all run. In turns; between rounds what was bound is confirmed, recorded, deleted and released. The ratios are those of all rounds together. ${PAUSES_MEAN}`,
    columns: ['round', 'pods', 'created', 'bound', 'run', 'bound, pods/s', ...pauseColumns],
    rows: rounds.map(({ way, created, bound, running, pauses }, at) => [
      figure(1 + Math.floor(at / WAYS.length)),
      way,
      ...[created, bound, running].map((seconds) => `${figure(seconds)} s`),
      figure(PODS / bound),
      ...pauseCells(pauses),
    ]),
    verdicts: [judge(rounds, 'bound'), judge(rounds, 'running')],
  };
}

function judge(rounds: readonly Round[], until: 'bound' | 'running'): Verdict {
  const sum = (way: Way): number =>
    rounds.filter((round) => round.way === way).reduce((total, round) => total + round[until], 0);
  const times = sum('Node pool') / sum('without ports');
  return {
    what: `${PODS} pods of a Node pool through the scheduler, until all ${until === 'bound' ? 'are bound' : 'run'}`,
    bar: `≤ ${LONGER} × without ports`,
    measured: `${figure(times)} ×`,
    met: times <= LONGER,
  };
}

function requestsOf(rounds: readonly Round[]): Section {
  const last = (way: Way): RequestsColumn => ({
    name: way,
    requests: rounds.findLast((round) => round.way === way)?.requests ?? new Map(),
    of: PODS,
  });
  return requestsSection(
    'Requests of pods through the scheduler',
    `For each of the ${PODS} pods of the last round, from the first create until all run and have their records.`,
    [last('Node pool'), last('without ports')],
  );
}

function processorOf(rounds: readonly Round[]): Section {
  const last = (way: Way) => rounds.findLast((round) => round.way === way)?.processor ?? new Map<string, number>();
  return processorSection(
    'Processor time of pods through the scheduler',
    `For each of the ${PODS} pods of the last round, from the first create until all run.`,
    (['Node pool', 'without ports'] as const).map((name) => ({ name, times: last(name), of: PODS })),
  );
}
