import { tell } from '../progress.ts';
import type { Section } from '../report.ts';
import { figure } from '../statistics.ts';
import { Site } from './site.ts';
import { PODS_EACH, plainOf, setOf } from './workloads.ts';

const INSTANCES = 300;
const PODS = INSTANCES * PODS_EACH;
const ROUNDS = 2;

interface Round {
  readonly ours: number;
  /** From the last pod to the set's saying that it is complete. */
  readonly toldAfter: number;
  readonly plain: number;
}

/** A RoleInstanceSet with ports beside a Deployment and a StatefulSet of as many pods without. */
export async function measureRoles(): Promise<Section> {
  tell('roles: starting a cluster and two managers');
  await using owned = new AsyncDisposableStack();
  const site = await Site.open(owned);
  await measureOnce(site, INSTANCES / 10);
  const rounds: Round[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    tell(`roles: round ${round} of ${ROUNDS}`);
    rounds.push(await measureOnce(site, INSTANCES));
  }
  const ratio = sum(rounds.map(({ ours }) => ours)) / sum(rounds.map(({ plain }) => plain));
  return {
    title: 'Pods of a RoleInstanceSet',
    method: `A RoleInstanceSet of ${INSTANCES} instances with a leader and two workers each, a PodScoped port for each pod and a RoleScoped one for the leaders, beside a StatefulSet (Parallel) of ${INSTANCES} pods and a Deployment of ${PODS - INSTANCES}, without ports, in one cluster in turns; two managers, and the controller manager of Kubernetes unthrottled; nothing binds the pods. From the creation until all ${PODS} pods exist. Between rounds everything is deleted, and the numbers are free again. A smaller round of each comes first; the ratio is that of all rounds together.`,
    columns: [
      'round',
      'RoleInstanceSet',
      'pods/s',
      'set is complete after',
      'Deployment + StatefulSet',
      'pods/s',
      'ratio',
    ],
    rows: rounds.map(({ ours, toldAfter, plain }, at) => [
      figure(at + 1),
      `${figure(ours)} s`,
      figure(PODS / ours),
      `${figure(toldAfter)} s`,
      `${figure(plain)} s`,
      figure(PODS / plain),
      `${figure(ours / plain)} ×`,
    ]),
    verdicts: [
      {
        what: `${INSTANCES} instances × ${PODS_EACH} pods with ports, until all exist`,
        bar: '≤ 1 × a Deployment + StatefulSet of as many pods without',
        measured: `${figure(ratio)} ×`,
        met: ratio <= 1,
      },
    ],
  };
}

async function measureOnce(site: Site, instances: number): Promise<Round> {
  const pods = instances * PODS_EACH;
  const set = setOf(site.namespace, instances);
  const ours = await site.create(set, pods);
  const toldAfter = await site.untilTold();
  await site.countNumbers();
  await site.remove(set);
  const others = plainOf(site.namespace, instances);
  const plain = await site.create(others, pods);
  await site.remove(others);
  return { ours, toldAfter, plain };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
