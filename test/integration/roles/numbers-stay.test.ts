import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Pods } from '../../../src/kube/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { PATIENCE_MS, Sets, component, container, envOf, roleSet } from './sets.ts';

let hostport: RunningHostport;
let sets: Sets;
beforeAll(async () => {
  hostport = await startHostport({ managers: 2, nodes: 2 });
  sets = new Sets(hostport);
  await hostport.apply(manifest());
  await sets.complete(NAME);
});
afterAll(async () => hostport[Symbol.asyncDispose]());

const NAME = 'prefill';
const grpc = { name: 'grpc', env: 'GRPC_PORT' };
const http = { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' };

/** One leader and a worker in each of three instances. */
function manifest({ image = container.image, labels = {}, size = 1, replicas = 3, partition = 0 } = {}) {
  const leader = component('leader', { allocations: [grpc, http] });
  const worker = component('worker', { allocations: [grpc] }, { size });
  const dressed = [leader, worker].map((each) => ({
    ...each,
    template: {
      metadata: { ...each.template.metadata, labels },
      spec: { containers: [{ ...container, image }] },
    },
  }));
  return roleSet(NAME, dressed, { replicas, updateStrategy: { partition, maxUnavailable: 2 } });
}

/** What every pod has in its environment, by the pod's name. */
async function known(): Promise<Readonly<Record<string, object>>> {
  const pods = await sets.pods(NAME);
  return Object.fromEntries(pods.map((pod) => [pod.metadata.name, ports(pod)]));
}

function ports(pod: Pod): object {
  const { GRPC_PORT, HTTP_PORT } = envOf(pod);
  return { GRPC_PORT, HTTP_PORT };
}

let before: Readonly<Record<string, object>>;
beforeEach(async () => {
  await hostport.apply(manifest());
  await sets.complete(NAME);
  before = await known();
  expect(Object.keys(before)).toHaveLength(6);
});

async function removePods(names: readonly string[]): Promise<void> {
  const { client, signal } = hostport;
  const uids = new Set((await sets.pods(NAME)).map(({ metadata }) => metadata.uid));
  await Promise.all(names.map((name) => client.remove(Pods, { namespace: 'default', name }, { signal })));
  await hostport.eventually(
    () => sets.pods(NAME),
    (pods) =>
      pods.length === uids.size &&
      names.every((name) => pods.some(({ metadata }) => metadata.name === name && !uids.has(metadata.uid))),
    `${names.join(', ')} came back`,
    PATIENCE_MS,
  );
  await sets.complete(NAME);
}

test('when a pod is deleted', async () => {
  await removePods(['prefill-1-worker-0']);
  expect(await known()).toEqual(before);
});

test('when all pods of an instance are drained at once', async () => {
  await removePods(['prefill-2-leader-0', 'prefill-2-worker-0']);
  expect(await known()).toEqual(before);
});

test('when the image is rolled, and rolled back', async () => {
  const revision = (await sets.find(NAME))?.status?.updateRevision;
  await hostport.apply(manifest({ image: 'registry.k8s.io/pause:3.11' }));
  const rolled = await sets.complete(NAME);
  expect(rolled.status?.updateRevision).not.toBe(revision);
  const images = (await sets.pods(NAME)).map(({ spec }) => spec.containers[0]?.image);
  expect(new Set(images)).toEqual(new Set(['registry.k8s.io/pause:3.11']));
  expect(await known()).toEqual(before);
  await hostport.apply(manifest());
  const back = await sets.complete(NAME);
  expect(back.status).toMatchObject({ updateRevision: revision, currentRevision: revision });
  expect(await known()).toEqual(before);
});

test('when the image is rolled to a part of the instances only', async () => {
  await hostport.apply(manifest({ image: 'registry.k8s.io/pause:3.12', partition: 2 }));
  await hostport.eventually(
    () => sets.pods(NAME),
    (pods) =>
      pods.filter(({ spec }) => spec.containers[0]?.image === 'registry.k8s.io/pause:3.12').length === 2 &&
      pods.length === 6,
    'the last instance has the new image',
    PATIENCE_MS,
  );
  await sets.says(NAME, 'Ready', ({ status }) => status === 'True');
  const images = (await sets.pods(NAME)).map(({ spec }) => spec.containers[0]?.image ?? '');
  expect(images.map((image) => image.slice(-2))).toEqual(['10', '10', '10', '10', '12', '12']);
  expect(await known()).toEqual(before);
});

test('when labels change', async () => {
  await hostport.apply(manifest({ labels: { tier: 'gold' } }));
  await sets.complete(NAME);
  expect((await sets.pods(NAME)).map(({ metadata }) => metadata.labels?.['tier'])).toEqual(Array(6).fill('gold'));
  expect(await known()).toEqual(before);
});

test('when both managers are restarted', async () => {
  await Promise.all(hostport.managers.map((manager) => manager.restart()));
  await hostport.whenReady(PATIENCE_MS);
  await removePods(['prefill-0-leader-0']);
  expect(await known()).toEqual(before);
});

test('when the set is replaced from its file, which drops all annotations', async () => {
  await succeed(hostport.kubectl(['replace', '-f', '-'], manifest()));
  await hostport.eventually(
    () => sets.find(NAME),
    (set) => set?.metadata.annotations?.['leader.http'] !== undefined,
    'the annotation of the set is back',
  );
  await removePods(['prefill-0-leader-0']);
  expect(await known()).toEqual(before);
});

test('when a size is raised: only new pods get new numbers, which are freed when it is lowered', async () => {
  await hostport.apply(manifest({ size: 2 }));
  await hostport.eventually(
    known,
    (after) => Object.keys(after).length === 9,
    'there are three more pods',
    PATIENCE_MS,
  );
  await sets.complete(NAME);
  const after = await known();
  expect(after).toMatchObject(before);
  const numbers = Object.values(after).map((each) => (each as { GRPC_PORT?: string }).GRPC_PORT);
  expect(new Set(numbers).size).toBe(9);
  await hostport.apply(manifest());
  await hostport.eventually(
    async () => (await hostport.holders()).filter(({ holder }) => holder.startsWith('default/prefill-')),
    ({ length }) => length === 6,
    'the numbers of the pods that went are free',
    PATIENCE_MS,
  );
  await sets.complete(NAME);
  expect(await known()).toEqual(before);
});

test('not when instances go: scaled to one, the others have none; scaled up again, they have some', async () => {
  const holders = async (prefix: string) =>
    (await hostport.holders()).filter(({ holder }) => holder.startsWith(`default/${prefix}`)).length;
  await succeed(hostport.kubectl(['scale', 'ris', NAME, '--replicas=1']));
  await hostport.eventually(
    async () => [await holders('prefill-1'), await holders('prefill-2')],
    ([one, two]) => one === 0 && two === 0,
    'freed',
    PATIENCE_MS,
  );
  expect(await holders('prefill-0')).toBe(2);
  await hostport.eventually(known, (after) => Object.keys(after).length === 2, 'two pods are left', PATIENCE_MS);
  await succeed(hostport.kubectl(['scale', 'ris', NAME, '--replicas=3']));
  await sets.complete(NAME);
  const after = await known();
  expect(Object.keys(after)).toEqual(Object.keys(before));
  expect(after['prefill-0-leader-0']).toEqual(before['prefill-0-leader-0']);
});
