import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { asEarlierVersion } from './earlier-version.ts';
import { PATIENCE_MS, Sets, component, envOf, roleSet } from './sets.ts';

let hostport: RunningHostport;
let sets: Sets;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 2, sweepInterval: '1s', reservationLife: '2s' });
  sets = new Sets(hostport);
});
afterAll(async () => hostport[Symbol.asyncDispose]());

const NAME = 'aged';
const leader = component('leader', {
  allocations: [
    { name: 'grpc', env: 'GRPC_PORT' },
    { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' },
  ],
});
const worker = component('worker', { allocations: [{ name: 'rpc', env: 'RPC_PORT' }] });

/** What pods are told, by their names. */
async function told(): Promise<Readonly<Record<string, object>>> {
  const pods = await sets.pods(NAME);
  return Object.fromEntries(
    pods.map((pod) => {
      const { GRPC_PORT, HTTP_PORT, RPC_PORT } = envOf(pod);
      return [pod.metadata.name, { GRPC_PORT, HTTP_PORT, RPC_PORT }];
    }),
  );
}

/** Kinds of who holds each number of the set. */
async function holders(): Promise<ReadonlyMap<number, readonly string[]>> {
  const claims = (await hostport.ledger()).flatMap((block) => block.claims);
  const held = claims.filter(({ state, holder }) => state === 'held' && holder.name.startsWith(NAME));
  const byNumber = Map.groupBy(held, ({ number }) => number);
  return new Map([...byNumber].map(([number, group]) => [number, group.map(({ holder }) => holder.kind).sort()]));
}

const allocations = async (): Promise<readonly string[]> =>
  (await hostport.objects.allocations('default'))
    .filter(({ spec }) => spec.recordOf === undefined)
    .map(({ metadata }) => metadata.name)
    .sort();

/** Every number is held by the set or an instance, beside the allocation that had it. */
async function takenOver(count: number): Promise<void> {
  const both = ['PortAllocation RoleInstance', 'PortAllocation RoleInstanceSet'];
  await hostport.eventually(
    async () => [...(await holders()).values()].map((kinds) => kinds.join(' ')),
    (kinds) => kinds.length === count && kinds.every((each) => both.includes(each)),
    'all numbers are taken over',
    PATIENCE_MS,
  );
}

test('what an earlier version gave to allocations is taken over, and no number moves, there and back', async () => {
  await hostport.apply(roleSet(NAME, [leader, worker], { replicas: 2 }));
  await sets.complete(NAME);
  const before = await told();
  const [manager] = hostport.managers;
  await manager?.kill('SIGKILL');
  await asEarlierVersion(hostport, NAME);
  expect(await allocations()).toEqual(['aged-0.pods', 'aged-1.pods', 'aged.role']);

  await manager?.start();
  await hostport.whenReady(PATIENCE_MS);
  await takenOver(5);
  // As the earlier version left them: whoever goes back to it finds them so.
  for (const name of await allocations()) {
    const { status, metadata } = (await hostport.objects.findAllocation(name)) ?? {};
    expect(status?.conditions).toMatchObject([{ type: 'Allocated', status: 'True', observedGeneration: 1 }]);
    expect(metadata?.finalizers).toEqual(['hostport.io/release', 'hostport.io/in-use']);
  }

  const pod = 'aged-1-worker-0';
  const uid = (await sets.pods(NAME)).find(({ metadata }) => metadata.name === pod)?.metadata.uid;
  // Another one of its name is there so soon that kubectl may wait for that one's end, too.
  await succeed(hostport.kubectl(['delete', 'pod', pod, '--wait=false']));
  await hostport.eventually(
    () => sets.pods(NAME),
    (pods) => pods.some(({ metadata }) => metadata.name === pod && metadata.uid !== uid),
    'the pod is made again',
    PATIENCE_MS,
  );
  expect(await told()).toEqual(before);

  // Those that come now have no allocation.
  await succeed(hostport.kubectl(['scale', 'ris', NAME, '--replicas=3']));
  await sets.complete(NAME);
  expect(await allocations()).toEqual(['aged-0.pods', 'aged-1.pods', 'aged.role']);
  expect(await told()).toMatchObject(before);
});

test('a number that is given up is free though an allocation had it, and with the set all go', async () => {
  await hostport.apply(roleSet(NAME, [leader], { replicas: 3 }));
  await hostport.eventually(holders, ({ size }) => size === 4, 'the numbers of the workers are free', PATIENCE_MS);
  await succeed(hostport.kubectl(['delete', 'ris', NAME]));
  await hostport.eventually(
    async () => [(await holders()).size, (await allocations()).length],
    ([held, left]) => held === 0 && left === 0,
    'nothing is held, and no allocation is left',
    PATIENCE_MS,
  );
  const { faults } = await hostport.recorder.verdict();
  expect(faults).toEqual([]);
});
