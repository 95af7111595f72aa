import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Pod } from '../../../src/kube/index.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { obtainControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { assignedTo, whenFree } from '../webhook/holdings.ts';
import { workloadOf } from '../webhook/manifests.ts';
import { asking, faultsOf, makeNodeNamespace, whenBound } from './fleet.ts';

const NODES = 50;
const PODS = 1_000;
const SIZE = 60;
const NAMESPACE = 'crowd';

let plane: ControlPlane;
let hostport: RunningHostport;
beforeAll(async () => {
  plane = await obtainControlPlane({ nodes: NODES });
  hostport = await startHostport({ plane, managers: 2, sweepInterval: '2s', reservationLife: '10s' });
  const ranges = [`7000-${7000 + SIZE - 1}`];
  await hostport.objects.createPool('nodes', { ranges, scope: 'Node', cooldown: '0s' });
  await makeNodeNamespace(hostport, NAMESPACE);
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane.stop();
});

/** Each number of each node that a pod was told, once: one may be two pods', on TCP and on UDP. */
function numbersByNode(pods: readonly Pod[]): ReadonlySet<string> {
  return new Set(
    pods.flatMap((pod) => Object.values(assignedTo(pod)).map((number) => `${pod.spec.nodeName} ${number}`)),
  );
}

test('1,000 pods on 50 nodes share 60 numbers: each at most once on a node, and again on others', async () => {
  await hostport.apply(workloadOf('Deployment', 'crowd', PODS, asking(NAMESPACE)));
  const pods = await whenBound(hostport, NAMESPACE, PODS, 300_000);
  expect(faultsOf(pods)).toEqual([]);
  const numbers = pods.flatMap((pod) => Object.values(assignedTo(pod)));
  expect(numbers).toHaveLength(2 * PODS);
  expect(new Set(numbers).size).toBeLessThanOrEqual(SIZE);
  expect(new Set(pods.map(({ spec }) => spec.nodeName)).size).toBe(NODES);
  for (const { spec } of pods) {
    expect(spec.containers[0]?.env?.map(({ name, valueFrom }) => [name, JSON.stringify(valueFrom)])).toEqual([
      ['HOSTPORT_HTTP', expect.stringContaining("metadata.annotations['hostport.io/allocated-http']")],
      ['HOSTPORT_GAME', expect.stringContaining("metadata.annotations['hostport.io/allocated-game']")],
    ]);
  }
  const shows = async (): Promise<unknown> => (await hostport.objects.findPool('nodes'))?.status;
  const taken = numbersByNode(pods).size;
  const isCounted = (status: unknown): boolean =>
    (status as { allocated?: number; reserved?: number } | undefined)?.allocated === taken &&
    (status as { reserved?: number }).reserved === 0;
  await hostport.eventually(shows, isCounted, 'the pool counts them all', 60_000);
  const records = async (): Promise<number> =>
    (await hostport.kubectl(['get', 'portallocations', '-n', NAMESPACE, '-o', 'name'])).stdout
      .split('\n')
      .filter(Boolean).length;
  await hostport.eventually(records, (count) => count === PODS, 'every pod has its record', 60_000);
  expect(await hostport.recorder.verdict()).toMatchObject({ faults: [], gaps: [] });
  await succeed(hostport.kubectl(['delete', 'deployment', 'crowd', '-n', NAMESPACE, '--wait=false']));
  await whenFree(hostport, `${NAMESPACE}/`, 120_000);
}, 700_000);
