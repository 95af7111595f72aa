import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { conditionTypes, eventReasons, roomResource } from '../../../src/api/index.ts';
import { Nodes, Pods, findCondition } from '../../../src/kube/index.ts';
import type { Draft, Pod } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 2 });
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** What each node shows of a pool: one number where capacity and allocatable agree. */
async function shown(pool: string): Promise<Record<string, string | undefined>> {
  const { items } = await hostport.client.list(Nodes, { signal: hostport.signal });
  const resource = roomResource(pool);
  return Object.fromEntries(
    items.map(({ metadata, status }) => {
      const [capacity, allocatable] = [status?.capacity?.[resource], status?.allocatable?.[resource]];
      return [metadata.name, capacity === allocatable ? capacity : `${capacity} of which ${allocatable}`];
    }),
  );
}

async function nodesShow(pool: string, wanted: Record<string, string | undefined>): Promise<void> {
  const holds = (seen: Record<string, string | undefined>): boolean =>
    Object.entries(wanted).every(([node, room]) => seen[node] === room);
  await hostport.eventually(() => shown(pool), holds, `nodes show ${JSON.stringify(wanted)}`);
}

async function mayWriteNodes(): Promise<string> {
  const account = 'system:serviceaccount:hostport-system:hostport-manager';
  return (
    await hostport.kubectl(['auth', 'can-i', 'patch', 'nodes', '--subresource=status', '--as', account])
  ).stdout.trim();
}

async function createPod(name: string, spec: object, container: object = {}): Promise<void> {
  const containers = [{ name: 'main', image: 'registry.k8s.io/pause:3.10', ...container }];
  const pod = { metadata: { name, namespace: 'default' }, spec: { containers, ...spec } } as unknown as Draft<Pod>;
  await hostport.client.create(Pods, pod, { signal: hostport.signal });
}

/** A pod that asks for room by hand. */
function createGuest(name: string, count: number): Promise<void> {
  const room = { [roomResource('games')]: String(count) };
  return createPod(name, {}, { resources: { requests: room, limits: room } });
}

const findPod = (name: string): Promise<Pod | undefined> =>
  hostport.client.find(Pods, { namespace: 'default', name }, { signal: hostport.signal });

async function boundTo(name: string): Promise<string | undefined> {
  const isBound = (pod: Pod | undefined): boolean => pod?.spec.nodeName !== undefined;
  return (await hostport.eventually(() => findPod(name), isBound, `${name} is bound`))?.spec.nodeName;
}

test('a pool that comes is shown on every node, and the right to do so comes with it', async () => {
  expect(await mayWriteNodes()).toBe('no');
  await hostport.objects.createPool('games', {
    ranges: ['7000-7005'],
    scope: 'Node',
    strategy: 'Sequential',
    cooldown: '1s',
  });
  await nodesShow('games', { 'node-1': '6', 'node-2': '6' });
  expect(await mayWriteNodes()).toBe('yes');
  await hostport.install();
  expect(await mayWriteNodes()).toBe('yes');
});

test('what is held, what cools and what a stranger has is not there for pods', async () => {
  const ports = [{ name: 'game' }, { name: 'rcon' }];
  await hostport.objects.createAllocation('brief', { poolName: 'games', nodeName: 'node-2', ports });
  await hostport.objects.createAllocation('lasting', { poolName: 'games', nodeName: 'node-1', ports });
  await nodesShow('games', { 'node-1': '4', 'node-2': '4' });
  await createPod('stranger', { nodeName: 'node-2' }, { ports: [{ containerPort: 7005, hostPort: 7005 }] });
  await nodesShow('games', { 'node-1': '4', 'node-2': '3' });
  await hostport.objects.removeAllocation('brief');
  await nodesShow('games', { 'node-1': '4', 'node-2': '5' });
});

test('pods that request it go where there is room, and wait where there is none', async () => {
  await createGuest('large', 5);
  expect(await boundTo('large')).toBe('node-2');
  await createGuest('waiting', 5);
  const read = async (): Promise<string> =>
    (await findPod('waiting'))?.status?.conditions?.find(({ reason }) => reason === 'Unschedulable')?.message ?? '';
  const namesIt = (message: string): boolean => message.includes('Insufficient ports.hostport.io/games');
  await hostport.eventually(read, namesIt, 'the scheduler says what is missing');
  expect((await findPod('waiting'))?.spec.nodeName).toBeUndefined();
});

test('a pool that grows makes room for those who wait', async () => {
  await hostport.objects.editPool('games', { ranges: ['7000-7007'] });
  expect(await boundTo('waiting')).toBe('node-1');
  // The scheduler counts what it placed, so that this is not subtracted.
  await nodesShow('games', { 'node-1': '6', 'node-2': '7' });
});

test('a node that comes shows it, too', async () => {
  const resources = { cpu: '8', memory: '8Gi', pods: '100' };
  const metadata = { name: 'node-3', annotations: { 'kwok.x-k8s.io/node': 'fake' } };
  const status = { capacity: resources, allocatable: resources };
  await hostport.client.create(Nodes, { metadata, status }, { signal: hostport.signal });
  await nodesShow('games', { 'node-3': '8' });
});

test('somebody who changes it is put right', async () => {
  const patch = JSON.stringify({ status: { allocatable: { [roomResource('games')]: '70' } } });
  await succeed(hostport.kubectl(['patch', 'node', 'node-3', '--subresource=status', '--type=merge', '-p', patch]));
  await nodesShow('games', { 'node-3': '8' });
});

test('a pool that stops advertising, and one that is deleted, is shown nowhere', async () => {
  const nowhere = { 'node-1': undefined, 'node-2': undefined, 'node-3': undefined };
  await hostport.objects.createPool('quiet', { ranges: ['7100-7109'], scope: 'Node' });
  await nodesShow('quiet', { 'node-1': '10', 'node-3': '10' });
  await hostport.objects.editPool('quiet', { advertise: false });
  await nodesShow('quiet', nowhere);
  await nodesShow('games', { 'node-3': '8' });
  await hostport.objects.removeAllocation('lasting');
  await hostport.objects.removePool('games');
  await nodesShow('games', nowhere);
  await hostport.eventually(mayWriteNodes, (answer) => answer === 'no', 'the right is given back');
});

test('without the right the pool says so, and what to do helps', async () => {
  for (const name of ['hostport-room', 'hostport-room-binder'])
    await succeed(hostport.kubectl(['delete', 'clusterrolebinding', name]));
  await hostport.objects.editPool('quiet', { advertise: true });
  const read = async () =>
    findCondition((await hostport.objects.findPool('quiet'))?.status?.conditions, conditionTypes.roomNotAdvertised);
  const condition = await hostport.eventually(read, (found) => found?.status === 'True', 'the pool says so');
  expect(condition?.message).toContain('run "hostport install"');
  const events = (): ReturnType<typeof hostport.objects.eventsOf> => hostport.objects.eventsOf('quiet');
  const isTold = (seen: Awaited<ReturnType<typeof events>>): boolean =>
    seen.some(({ reason }) => reason === eventReasons.roomNotAdvertised);
  await hostport.eventually(events, isTold, 'an Event tells it');

  await hostport.install();
  await nodesShow('quiet', { 'node-1': '10', 'node-2': '10', 'node-3': '10' });
  await hostport.eventually(read, (found) => found === undefined, 'the condition is gone');
});

test('uninstalling leaves nothing of it', async () => {
  expect(await hostport.run('uninstall', '--force')).toMatchObject({ code: 0 });
  expect(Object.values(await shown('quiet'))).toEqual([undefined, undefined, undefined]);
});
