import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Pods, findCondition } from '../../../src/kube/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { PATIENCE_MS, Sets, component, envOf, roleSet } from './sets.ts';

let hostport: RunningHostport;
let sets: Sets;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 2 });
  sets = new Sets(hostport);
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** The garbage collector gets to know a new kind half a minute after it is there. */
const COLLECTED_MS = 90_000;
const grpc = { allocations: [{ name: 'grpc', env: 'GRPC_PORT' }] };

async function held(prefix: string): Promise<readonly string[]> {
  const holders = await hostport.holders();
  return holders.filter(({ holder }) => holder.startsWith(`default/${prefix}`)).map(({ port }) => port);
}

/** When something of the instance began to be so, in milliseconds. */
async function since(instance: string, type: string): Promise<number> {
  const found = await sets.findInstance(instance);
  return Date.parse(findCondition(found?.status?.conditions, type)?.lastTransitionTime ?? '');
}

test('OrderedReady: each instance is created when the one before it has been ready for minReadySeconds', async () => {
  const spec = { replicas: 3, minReadySeconds: 1, podManagementPolicy: 'OrderedReady' } as const;
  await hostport.apply(roleSet('ordered', [component('main', grpc)], spec));
  const set = await sets.complete('ordered');
  const born = (await sets.instances('ordered')).map(({ metadata }) => Date.parse(metadata.creationTimestamp));
  for (const [at, name] of ['ordered-0', 'ordered-1'].entries()) {
    expect(born[at + 1]).toBeGreaterThanOrEqual((await since(name, 'Ready')) + 1_000);
  }
  const ready = findCondition(set.status?.conditions, 'Ready')?.lastTransitionTime ?? '';
  expect(Date.parse(ready)).toBeGreaterThanOrEqual((await since('ordered-2', 'Ready')) + 1_000);
});

test('a stateless set calls its instances by suffixes, and another one takes the place of one that is deleted', async () => {
  const spec = { replicas: 3, identity: 'Stateless' } as const;
  await hostport.apply(roleSet('bag', [component('main', grpc)], spec));
  await sets.complete('bag');
  const before = (await sets.instances('bag')).map(({ metadata }) => metadata.name);
  expect(before).toEqual(Array(3).fill(expect.stringMatching(/^bag-[0-9a-z]{5}$/)));
  const numbers = (await sets.pods('bag')).map((pod) => envOf(pod)['GRPC_PORT']);
  expect(new Set(numbers).size).toBe(3);
  await succeed(hostport.kubectl(['delete', 'ri', before[1] ?? '', '--wait=false']));
  await hostport.eventually(
    async () => (await sets.instances('bag')).map(({ metadata }) => metadata.name),
    (names) => names.length === 3 && !names.includes(before[1] ?? ''),
    'another instance is there',
    PATIENCE_MS,
  );
  await sets.complete('bag');
  expect((await sets.instances('bag')).map(({ metadata }) => metadata.name)).toEqual(
    expect.arrayContaining([before[0], before[2]]),
  );
  await succeed(hostport.kubectl(['scale', 'ris', 'bag', '--replicas=1']));
  await hostport.eventually(
    () => held('bag'),
    ({ length }) => length === 1,
    'the numbers of two are free',
    COLLECTED_MS,
  );
});

/** As a kubelet says it when it has started the containers of a pod again. */
async function startAgain({ metadata: { name }, status }: Pod): Promise<void> {
  const containerStatuses = (status?.containerStatuses ?? []).map((each) => ({ ...each, restartCount: 1 }));
  const body = { status: { containerStatuses } };
  const { client, signal } = hostport;
  await client.patch(Pods, { namespace: 'default', name }, { type: 'merge', body, subresource: 'status', signal });
}

/** Starts the worker again, waits until all pods have been replaced, and says when that began. */
async function recreated(restarts: number): Promise<number> {
  const before = await sets.pods('close');
  expect(before).toHaveLength(2);
  const [, worker] = before;
  if (worker !== undefined) await startAgain(worker);
  const uids = before.map(({ metadata }) => metadata.uid);
  await hostport.eventually(
    () => sets.pods('close'),
    (pods) =>
      pods.length === 2 &&
      pods.every(({ metadata, status }) => !uids.includes(metadata.uid) && status?.phase === 'Running'),
    'all pods are others',
    PATIENCE_MS,
  );
  const instance = await hostport.eventually(
    () => sets.findInstance('close-0'),
    (found) => findCondition(found?.status?.conditions, 'Ready')?.status === 'True',
    'the instance is ready again',
    PATIENCE_MS,
  );
  expect(instance?.status?.restarts).toBe(restarts);
  return Date.parse(instance?.status?.lastRestartTime ?? '');
}

test('RecreateInstanceOnPodRestart: all pods are replaced when one is started again, the next time later', async () => {
  const restartPolicy = { type: 'RecreateInstanceOnPodRestart', baseDelaySeconds: 3 } as const;
  const { spec, ...rest } = roleSet('close', [component('leader', grpc), component('worker', grpc)]);
  const template = { spec: { ...spec.template.spec, restartPolicy } };
  await hostport.apply({ ...rest, spec: { ...spec, template } });
  await sets.complete('close');
  const numbers = await sets.numbers('close');
  const first = await recreated(1);
  const second = await recreated(2);
  expect(second - first).toBeGreaterThanOrEqual(3_000);
  expect(await sets.numbers('close')).toEqual(numbers);
  const told = (await sets.pods('close')).map((pod) => envOf(pod)['GRPC_PORT']);
  expect(told).toEqual([numbers['close-0-leader-0.grpc'], numbers['close-0-worker-0.grpc']]);
});

test('an instance without a set has ports, references and a Service of its own, and leaves nothing behind', async () => {
  const leader = component(
    'leader',
    { allocations: [...grpc.allocations, { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' }] },
    { serviceName: 'lone' },
  );
  const worker = component('worker', { references: [{ env: 'LEADER_PORT', from: 'lone.leader.http' }] });
  await hostport.apply({
    apiVersion: 'hostport.io/v1alpha1',
    kind: 'RoleInstance',
    metadata: { name: 'lone', namespace: 'default' },
    spec: { components: [leader, worker] },
  });
  const instance = await hostport.eventually(
    () => sets.findInstance('lone'),
    (found) => findCondition(found?.status?.conditions, 'Ready')?.status === 'True',
    'the instance is ready',
    PATIENCE_MS,
  );
  const { items } = await hostport.client.list(Pods, {
    namespace: 'default',
    labelSelector: 'hostport.io/role-instance=lone',
    signal: hostport.signal,
  });
  const env = Object.fromEntries(items.map((pod) => [pod.metadata.name, envOf(pod)]));
  const shared = instance?.metadata.annotations?.['leader.http'];
  expect(shared).toMatch(/^\d+$/);
  expect(env['lone-leader-0']).toMatchObject({
    HTTP_PORT: shared,
    GRPC_PORT: instance?.metadata.annotations?.['lone-leader-0.grpc'],
  });
  expect(env['lone-worker-0']).toMatchObject({ LEADER_PORT: shared, HOSTPORT_INSTANCE: 'lone' });
  expect((await held('lone')).toSorted()).toEqual(['leader-0.grpc', 'leader.http']);
  const service = JSON.parse(await succeed(hostport.kubectl(['get', 'svc', 'lone', '-o', 'json']))) as object;
  expect(service).toMatchObject({ spec: { clusterIP: 'None' } });
  await succeed(hostport.kubectl(['delete', 'ri', 'lone', '--wait=false']));
  await hostport.eventually(
    async () => [...(await held('lone')), ...(await hostport.objects.allocations('default')).map(nameOf)],
    (left) => !left.some((each) => /^(leader|roleinstance-lone)/.test(each)),
    'nothing is held for it',
    COLLECTED_MS,
  );
});

function nameOf({ metadata }: { readonly metadata: { readonly name: string } }): string {
  return metadata.name;
}
