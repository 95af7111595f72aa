import { PAUSES_MEAN, pauseCells, pauseColumns } from '../pauses.ts';
import { processorSection } from '../processor.ts';
import type { ProcessorTimes } from '../processor.ts';
import { tell } from '../progress.ts';
import type { Section } from '../report.ts';
import { requestsSection } from '../requests.ts';
import type { Requests, RequestsColumn } from '../requests.ts';
import { figure } from '../statistics.ts';
import { judge } from './judge.ts';
import { LeaderWorkerSet } from './leader-worker-set.ts';
import { measureRound } from './round.ts';
import type { Round } from './round.ts';
import { Site } from './site.ts';
import { PODS_EACH } from './workloads.ts';

const INSTANCES = 300;
const PODS = INSTANCES * PODS_EACH;
const ROUNDS = 2;

/** A RoleInstanceSet with ports beside a Deployment and a StatefulSet, and beside a LeaderWorkerSet, of as many pods without. */
export async function measureRoles(): Promise<readonly Section[]> {
  tell('roles: starting a cluster and two managers');
  await using owned = new AsyncDisposableStack();
  const site = await Site.open(owned);
  const lws = await LeaderWorkerSet.install(site.hostport);
  await measureRound(site, lws, INSTANCES / 10);
  const rounds: Round[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    tell(`roles: round ${round} of ${ROUNDS}`);
    rounds.push(await measureRound(site, lws, INSTANCES));
  }
  return [sectionOf(rounds), requestsOf(rounds), processorOf(rounds)];
}

function sectionOf(rounds: readonly Round[]): Section {
  return {
    title: 'Pods of a RoleInstanceSet',
    method: `A RoleInstanceSet of ${INSTANCES} instances with a leader and two workers each, a PodScoped port for each pod and a RoleScoped one for the leaders, beside a StatefulSet (Parallel) of ${INSTANCES} pods and a Deployment of ${PODS - INSTANCES}, and beside a LeaderWorkerSet of ${INSTANCES} groups of ${PODS_EACH}, all without ports, in one cluster in turns; two managers; the controller manager of Kubernetes and that of LeaderWorkerSet, which runs for its own turn alone, are unthrottled; nothing binds the pods. From the creation until all ${PODS} pods exist. Between rounds everything is deleted, and the numbers are free again. A smaller round of each comes first; the ratios are those of all rounds together. ${PAUSES_MEAN}`,
    columns: [
      'round',
      'RoleInstanceSet',
      'pods/s',
      'set is complete after',
      'Deployment + StatefulSet',
      'ratio',
      'LeaderWorkerSet',
      'ratio',
      ...pauseColumns,
    ],
    rows: rounds.map(({ ours, plain, groups }, at) => [
      figure(at + 1),
      `${figure(ours.seconds)} s`,
      figure(PODS / ours.seconds),
      `${figure(ours.toldAfter)} s`,
      `${figure(plain.seconds)} s`,
      `${figure(ours.seconds / plain.seconds)} ×`,
      `${figure(groups.seconds)} s`,
      `${figure(ours.seconds / groups.seconds)} ×`,
      ...pauseCells(ours.pauses),
    ]),
    verdicts: judge(rounds, INSTANCES),
  };
}

function requestsOf(rounds: readonly Round[]): Section {
  const last = rounds.at(-1);
  const column = (name: string, requests: Requests = new Map()): RequestsColumn => ({ name, requests, of: INSTANCES });
  return requestsSection(
    'Requests of instances',
    `For each of the ${INSTANCES} instances of the last round: until all its pods exist; from then until nothing more is written; and its removal.`,
    [
      column('RoleInstanceSet', last?.ours.requests),
      column('later', last?.ours.later),
      column('removal', last?.ours.removal),
      column('Deployment + StatefulSet', last?.plain.requests),
      column('LeaderWorkerSet', last?.groups.requests),
    ],
  );
}

function processorOf(rounds: readonly Round[]): Section {
  const last = rounds.at(-1);
  const column = (name: string, times: ProcessorTimes = new Map()) => ({ name, times, of: INSTANCES });
  return processorSection(
    'Processor time of instances',
    `For each of the ${INSTANCES} instances of the last round, until all its pods exist.`,
    [
      column('RoleInstanceSet', last?.ours.processor),
      column('Deployment + StatefulSet', last?.plain.processor),
      column('LeaderWorkerSet', last?.groups.processor),
    ],
  );
}
