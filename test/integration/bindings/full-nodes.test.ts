import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { roomResource } from '../../../src/api/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { obtainControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { whenFree } from '../webhook/holdings.ts';
import { workloadOf } from '../webhook/manifests.ts';
import { asking, faultsOf, makeNodeNamespace, podsIn, whenBound, whenRoomIsShown } from './fleet.ts';

const NODES = 4;
/** Room for three pods of two ports on each node. */
const RANGE = '7000-7005';
const NAMESPACE = 'arena';
/** From the creation of the pods to the last binding. */
const SPREAD_MS = 15_000;

let plane: ControlPlane;
let hostport: RunningHostport;
beforeAll(async () => {
  plane = await obtainControlPlane({ nodes: NODES });
  hostport = await startHostport({ plane, managers: 2, sweepInterval: '2s' });
  await hostport.objects.createPool('nodes', { ranges: [RANGE], scope: 'Node', cooldown: '0s' });
  await makeNodeNamespace(hostport, NAMESPACE);
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane.stop();
});

/** Wants to be on node-1 more than anything else. */
const ATTRACTED = {
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          preference: { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['node-1'] }] },
        },
      ],
    },
  },
};

const boundTo = (pods: readonly Pod[]): Readonly<Record<string, number>> => {
  const byNode = Map.groupBy(pods, ({ spec }) => spec.nodeName ?? '');
  return Object.fromEntries([...byNode].map(([node, group]) => [node, group.length]));
};

test('pods go elsewhere when the node that attracts them is full, and wait when every node is', async () => {
  await whenRoomIsShown(hostport, '6');

  const spec = ATTRACTED;
  await hostport.apply(workloadOf('Deployment', 'first', 3, asking(NAMESPACE, { spec })));
  expect(boundTo(await whenBound(hostport, NAMESPACE, 3))).toEqual({ 'node-1': 3 });

  // Three nodes have room for nine more.
  await hostport.apply(workloadOf('Deployment', 'second', 9, asking(NAMESPACE, { spec })));
  const all = await whenBound(hostport, NAMESPACE, 12, SPREAD_MS);
  expect(boundTo(all)).toEqual({ 'node-1': 3, 'node-2': 3, 'node-3': 3, 'node-4': 3 });
  expect(faultsOf(all)).toEqual([]);

  await hostport.apply(workloadOf('Deployment', 'third', 1, asking(NAMESPACE, { spec })));
  const waiting = async (): Promise<string> => {
    const pod = (await podsIn(hostport, NAMESPACE)).find(({ spec: { nodeName } }) => nodeName === undefined);
    const condition = pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    return condition?.reason === 'Unschedulable' ? (condition.message ?? '') : '';
  };
  const said = await hostport.eventually(waiting, (message) => message !== '', 'the pod waits');
  expect(said).toContain(`Insufficient ${roomResource('nodes')}`);

  await succeed(hostport.kubectl(['scale', 'deployment', 'second', '-n', NAMESPACE, '--replicas=8']));
  const isThere = (pods: readonly Pod[]): boolean =>
    pods.length === 12 && pods.every(({ spec: { nodeName } }) => nodeName !== undefined);
  const after = await hostport.eventually(() => podsIn(hostport, NAMESPACE), isThere, 'the pod that waited is bound');
  expect(faultsOf(after)).toEqual([]);
  await succeed(hostport.kubectl(['delete', 'deployment', '--all', '-n', NAMESPACE, '--wait=false']));
  await whenFree(hostport, `${NAMESPACE}/`, 60_000);
}, 180_000);
