import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { obtainControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { PATIENCE_MS, Sets, component, roleSet } from './sets.ts';

let plane: ControlPlane;
let hostport: RunningHostport;
let sets: Sets;
beforeAll(async () => {
  // It looks every quarter of a minute by default.
  const extraControllerManagerArgs = ['--horizontal-pod-autoscaler-sync-period=1s'];
  plane = await obtainControlPlane({ nodes: 2, extraControllerManagerArgs });
  hostport = await startHostport({ plane });
  sets = new Sets(hostport);
  const config = { allocations: [{ name: 'grpc', env: 'GRPC_PORT' }] };
  const components = [component('leader', config), component('worker', config, { size: 2 })];
  await hostport.apply(roleSet(NAME, components, { replicas: 2 }));
  await sets.complete(NAME);
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
});

const NAME = 'served';
/** Kubernetes' controllers get to know a new kind half a minute after it is there. */
const LOOKS_MS = 100_000;

/** What `kubectl describe` says, once it says all of `lines`. */
async function described(what: string, lines: readonly RegExp[]): Promise<string> {
  const read = async (): Promise<string> => (await hostport.kubectl(['describe', what, NAME])).stdout;
  const says = (text: string): boolean => lines.every((line) => line.test(text));
  return hostport.eventually(read, says, `kubectl describe ${what} says ${lines.join(', ')}`, LOOKS_MS);
}

test('kubectl scale changes the number of instances, and the scale names one pod of each', async () => {
  await succeed(hostport.kubectl(['scale', 'ris', NAME, '--replicas=3']));
  await sets.complete(NAME);
  const text = await succeed(
    hostport.kubectl(['get', '--raw', `/apis/hostport.io/v1alpha1/namespaces/default/roleinstancesets/${NAME}/scale`]),
  );
  const scale = JSON.parse(text) as { status: { replicas: number; selector: string } };
  expect(scale.status.replicas).toBe(3);
  const counted = await succeed(hostport.kubectl(['get', 'pods', '-l', scale.status.selector, '-o', 'name']));
  expect(counted.trim().split('\n').sort()).toEqual([0, 1, 2].map((at) => `pod/${NAME}-${at}-leader-0`));
});

test('a HorizontalPodAutoscaler reads the instances that are there, and keeps them within its bounds', async () => {
  const metric = {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
  };
  const scaleTargetRef = { apiVersion: 'hostport.io/v1alpha1', kind: 'RoleInstanceSet', name: NAME };
  await hostport.apply({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: NAME, namespace: 'default' },
    spec: { scaleTargetRef, minReplicas: 4, maxReplicas: 6, metrics: [metric] },
  });
  // The bounds are kept without metrics, of which this cluster has none.
  await described('hpa', [/RoleInstanceSet pods:\s+4 current \/ 4 desired/, /AbleToScale\s+True/]);
  expect((await sets.complete(NAME)).spec.replicas).toBe(4);
  expect(await sets.pods(NAME)).toHaveLength(12);
});

test('a PodDisruptionBudget over all pods of a set knows how many there have to be', async () => {
  await hostport.apply({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: NAME, namespace: 'default' },
    spec: { maxUnavailable: 1, selector: { matchLabels: { 'hostport.io/role-instance-set': NAME } } },
  });
  const replicas = (await sets.find(NAME))?.spec.replicas ?? 0;
  const pods = 3 * replicas;
  await described('pdb', [
    /Allowed disruptions:\s+1\b/,
    new RegExp(`Current:\\s+${pods}\\b`),
    new RegExp(`Desired:\\s+${pods - 1}\\b`),
    new RegExp(`Total:\\s+${pods}\\b`),
  ]);
  await succeed(hostport.kubectl(['delete', 'hpa', NAME]));
  await succeed(hostport.kubectl(['scale', 'ris', NAME, '--replicas=2']));
  await hostport.eventually(
    () => sets.pods(NAME),
    ({ length }) => length === 6,
    'there are six pods',
    PATIENCE_MS,
  );
  await described('pdb', [/Allowed disruptions:\s+1\b/, /Desired:\s+5\b/, /Total:\s+6\b/]);
});
