import { PAUSES_MEAN, pauseCells, pauseColumns } from '../pauses.ts';
import { processorSection } from '../processor.ts';
import { tell } from '../progress.ts';
import type { Section } from '../report.ts';
import { requestsSection } from '../requests.ts';
import type { RequestsColumn } from '../requests.ts';
import { figure } from '../statistics.ts';
import { judgeLives } from './judge.ts';
import { measureLife } from './life.ts';
import type { Life } from './life.ts';
import { NODES, Site } from './site.ts';
import { STRATEGIES } from './workload.ts';
import type { Way } from './workload.ts';

const PODS = 500;
const WARM_UP_PODS = 50;
const ROUNDS = 2;

/** Whole lives of pods, from the Deployment to the last pod's end, beside pods on the host network that ask for nothing. */
export async function measureLives(): Promise<readonly Section[]> {
  tell('lives: starting a cluster with everything, and two managers');
  await using owned = new AsyncDisposableStack();
  const site = await Site.open(owned, 'lives');
  for (const way of ['none', 'Stride'] as const) await measureLife(site, way, WARM_UP_PODS);
  const lives: Life[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    for (const way of ['none', ...STRATEGIES] as const) {
      tell(`lives: round ${round} of ${ROUNDS}, ${way}`);
      lives.push(await measureLife(site, way, PODS));
    }
  }
  return [livesSection(lives), requestsOf(lives), processorOf(lives)];
}

function livesSection(lives: readonly Life[]): Section {
  return {
    title: 'Whole lives of pods',
    method: `A Deployment of ${PODS} pods with two numbers each, by each strategy, until all run, and from its deletion until all are gone; two managers, Kubernetes' controllers (unthrottled) and scheduler, kubelets played by kwok on ${NODES} nodes; beside it one of as many pods on the host network without ports. In turns; between rounds every number is free again and every record gone. Stale: the share of the ledger's writes that somebody else's write made void. ${PAUSES_MEAN}`,
    columns: ['round', 'pods', 'until all run', 'until all are gone', 'stale writes', ...pauseColumns],
    rows: lives.map(({ way, untilRunning, untilGone, staleWrites, pauses }, at) => [
      figure(1 + Math.floor(at / (1 + STRATEGIES.length))),
      way === 'none' ? 'without ports' : way,
      `${figure(untilRunning)} s`,
      `${figure(untilGone)} s`,
      way === 'none' ? '' : `${figure(100 * staleWrites)} %`,
      ...pauseCells(pauses),
    ]),
    verdicts: judgeLives(lives),
  };
}

function requestsOf(lives: readonly Life[]): Section {
  const last = (name: string, way: Way): RequestsColumn => ({
    name,
    requests: lives.findLast((life) => life.way === way)?.requests ?? new Map(),
    of: PODS,
  });
  return requestsSection('Requests of a whole life', `For each of the ${PODS} pods of the last of these lives.`, [
    last('with two numbers (Stride)', 'Stride'),
    last('without ports', 'none'),
  ]);
}

function processorOf(lives: readonly Life[]): Section {
  const columns = (['Stride', 'none'] as const).flatMap((way) => {
    const { processor } = lives.findLast((life) => life.way === way) ?? {};
    const name = way === 'none' ? 'without ports' : way;
    return [
      { name: `${name}, until all run`, times: processor?.running ?? new Map<string, number>(), of: PODS },
      { name: `${name}, until all are gone`, times: processor?.gone ?? new Map<string, number>(), of: PODS },
    ];
  });
  return processorSection(
    'Processor time of a whole life',
    `For each of the ${PODS} pods of the last of these lives.`,
    columns,
  );
}
