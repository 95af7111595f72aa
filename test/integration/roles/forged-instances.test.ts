import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Pods, isApiError } from '../../../src/kube/index.ts';
import { obtainControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { createNodes } from '../../support/control-plane/nodes.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { PATIENCE_MS, Sets, component, envOf, roleSet } from './sets.ts';
import { RoleInstances } from '../../../src/api/index.ts';

let plane: ControlPlane;
let hostport: RunningHostport;
let sets: Sets;
beforeAll(async () => {
  // Nobody ends the pods of this node but the test.
  plane = await obtainControlPlane({ kwok: false });
  await createNodes(plane, 1);
  hostport = await startHostport({ managers: 2, plane, sweepInterval: '1s', reservationLife: `${LIFE_MS / 1000}s` });
  sets = new Sets(hostport);
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
});

const LIFE_MS = 2_000;
/** In which a number that is to be released in two steps is, and one of a holder that is gone, too. */
const LONG_ENOUGH_MS = 15_000;
const { template, ...named } = component('leader', { allocations: [{ name: 'grpc', env: 'GRPC_PORT' }] });
const leader = { ...named, template: { ...template, spec: { ...template.spec, nodeName: 'node-1' } } };

let name: string;
let number: number;
let made = 0;
/** A set of one pod, in a pool of one number, for which somebody else waits. */
beforeEach(async () => {
  name = `victim-${made}`;
  const only = 21_000 + made++;
  await hostport.objects.createPool(name, { ranges: [String(only)], cooldown: '0s' });
  await hostport.apply(roleSet(name, [leader], { replicas: 1, poolName: name }));
  const [pod] = await hostport.eventually(
    () => sets.pods(name),
    ({ length }) => length === 1,
    'it has its pod',
    PATIENCE_MS,
  );
  number = Number(envOf(pod)['GRPC_PORT']);
  expect(number).toBe(only);
  await hostport.objects.createAllocation(`wants-${name}`, { poolName: name, ports: [{ name: 'x', port: number }] });
  await hostport.objects.refused(`wants-${name}`, 'PortHeld');
});

const instance = (): string => `${name}-0`;

/** As whoever may do everything with instances: deletes one, and takes off what keeps it. */
async function tearOut(): Promise<void> {
  // Its set would make it again.
  await succeed(hostport.kubectl(['delete', 'ris', name, '--cascade=orphan']));
  const { client, signal } = hostport;
  const key = { namespace: 'default', name: instance() };
  await client.remove(RoleInstances, key, { propagationPolicy: 'Background', signal });
  await hostport.eventually(
    async () => {
      try {
        await client.patch(RoleInstances, key, { type: 'merge', body: { metadata: { finalizers: null } }, signal });
      } catch (error) {
        if (!isApiError(error, 'notFound')) throw error;
      }
      return client.find(RoleInstances, key, { signal });
    },
    (found) => found === undefined,
    'the instance is gone',
  );
}

/** The number stays taken for as long as a release would take, and comes back when the pod is gone. */
async function outlives(): Promise<void> {
  const began = performance.now();
  const given = async (): Promise<unknown> =>
    (await hostport.objects.findAllocation(`wants-${name}`))?.status?.ports?.[0]?.port;
  const seen = new Set<unknown>();
  await hostport.eventually(
    async () => {
      seen.add(await given());
      return performance.now() - began;
    },
    (ms) => ms >= LONG_ENOUGH_MS,
    'a release would be over',
  );
  expect([...seen]).toEqual([undefined]);
  const { client, signal } = hostport;
  const pod = `${instance()}-leader-0`;
  await client.remove(Pods, { namespace: 'default', name: pod }, { gracePeriodSeconds: 0, signal });
  await hostport.eventually(given, (port) => port === number, 'whoever waits has the number', PATIENCE_MS);
}

describe('a number of a role stays its pod’s', () => {
  test('when its instance is deleted by force', async () => {
    await tearOut();
    await outlives();
  });

  test('when another instance of the name, which wants none, comes at once', async () => {
    await tearOut();
    await hostport.apply({
      apiVersion: 'hostport.io/v1alpha1',
      kind: 'RoleInstance',
      metadata: { name: instance(), namespace: 'default' },
      spec: { poolName: name, components: [] },
    });
    await outlives();
  });

  test('when its instance loses our finalizer, again and again, until it is deleted', async () => {
    const { client, signal } = hostport;
    const key = { namespace: 'default', name: instance() };
    const body = { metadata: { finalizers: null } };
    await client.patch(RoleInstances, key, { type: 'merge', body, signal });
    await hostport.eventually(
      () => client.find(RoleInstances, key, { signal }),
      (found) => found?.metadata.finalizers?.includes('hostport.io/release') === true,
      'it is back',
    );
    await tearOut();
    await outlives();
  });

  test('when its template is edited so that it asks for none', async () => {
    const body = { spec: { components: [] } };
    const { client, signal } = hostport;
    await client.patch(RoleInstances, { namespace: 'default', name: instance() }, { type: 'merge', body, signal });
    await hostport.eventually(
      () => sets.pods(name),
      ([pod]) => pod?.metadata.deletionTimestamp !== undefined,
      'the pod is on its way out',
    );
    await outlives();
  });
});

test('a pod that says it is of an instance keeps numbers taken in its namespace at most, and no longer than it runs', async () => {
  const labels = { 'hostport.io/role-instance': instance() };
  const spec = { nodeName: 'node-1', containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10' }] };
  const metadata = { name: `forged-${name}`, namespace: 'default', labels };
  await hostport.apply({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
  await succeed(hostport.kubectl(['delete', 'ris', name, '--wait=false']));
  const { client, signal } = hostport;
  const end = async (pod: string) =>
    client.remove(Pods, { namespace: 'default', name: pod }, { gracePeriodSeconds: 0, signal });
  await hostport.eventually(
    () => sets.pods(name),
    ([pod]) => pod?.metadata.deletionTimestamp !== undefined,
    'its own pod is on its way out',
    PATIENCE_MS,
  );
  await end(`${instance()}-leader-0`);
  // The deletion isn't held up.
  await hostport.eventually(
    () => sets.findInstance(instance()),
    (found) => found === undefined,
    'the instance is gone',
    PATIENCE_MS,
  );
  await hostport.objects.refused(`wants-${name}`, 'PortHeld');
  await end(`forged-${name}`);
  await hostport.eventually(
    async () => (await hostport.objects.findAllocation(`wants-${name}`))?.status?.ports?.[0]?.port,
    (port) => port === number,
    'whoever waits has the number',
    PATIENCE_MS,
  );
});

test('a pool never showed a number to two at once', async () => {
  const { faults } = await hostport.recorder.verdict();
  expect(faults).toEqual([]);
});
