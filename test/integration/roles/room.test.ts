import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { PATIENCE_MS, Sets, component, roleSet } from './sets.ts';

let hostport: RunningHostport;
let sets: Sets;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 2 });
  sets = new Sets(hostport);
});
afterAll(async () => hostport[Symbol.asyncDispose]());

const worker = component('worker', { allocations: [{ name: 'rpc', env: 'RPC_PORT' }] }, { size: 3 });

/** Pods of each instance that has any. */
async function podCounts(set: string): Promise<Readonly<Record<string, number>>> {
  const pods = await sets.pods(set);
  return Object.fromEntries(
    [...Map.groupBy(pods, ({ metadata }) => metadata.labels?.['hostport.io/role-instance'] ?? '')].map(
      ([instance, group]) => [instance, group.length],
    ),
  );
}

test('a pool too small for a set: nothing is half made, it is said what is missing, and wider it is served by itself', async () => {
  await hostport.objects.createPool('narrow', { ranges: ['21000-21006'], cooldown: '0s' });
  await hostport.apply(roleSet('wide', [worker], { replicas: 3, poolName: 'narrow' }));
  // Until both others have theirs, more are missing.
  const isTold = ({ reason, message }: { readonly reason?: string; readonly message?: string }): boolean =>
    reason === 'PoolExhausted' && message?.includes('3 numbers are missing') === true;
  await sets.says('wide', 'Allocated', isTold);
  await hostport.eventually(
    () => podCounts('wide'),
    (counts) => Object.values(counts).join() === '3,3',
    'two are made',
    PATIENCE_MS,
  );
  await hostport.eventually(
    () => hostport.objects.eventsOf('wide'),
    (all) => all.some(isTold),
    'an Event tells of it',
  );
  await hostport.objects.editPool('narrow', { ranges: ['21000-21010'] });
  await sets.complete('wide');
  expect(Object.values(await podCounts('wide'))).toEqual([3, 3, 3]);
  expect((await sets.find('wide'))?.status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Allocated', status: 'True' }),
  );
});

test('a size that is raised beyond the room changes nothing: pods that are there are replaced as ever', async () => {
  await hostport.objects.createPool('tight', { ranges: ['21020-21022'], cooldown: '0s' });
  await hostport.apply(roleSet('tall', [worker], { poolName: 'tight' }));
  await sets.complete('tall');
  const before = await sets.numbers('tall');
  await hostport.apply(roleSet('tall', [{ ...worker, size: 4 }], { poolName: 'tight' }));
  await sets.says('tall', 'Allocated', ({ reason }) => reason === 'PoolExhausted');
  const uids = (await sets.pods('tall')).map(({ metadata }) => metadata.uid);
  expect(uids).toHaveLength(3);
  await hostport.kubectl(['delete', 'pod', 'tall-0-worker-1', '--wait=false']);
  await hostport.eventually(
    () => sets.pods('tall'),
    (pods) => pods.length === 3 && pods.some(({ metadata }) => !uids.includes(metadata.uid)),
    'the pod came back',
    PATIENCE_MS,
  );
  expect(await sets.numbers('tall')).toEqual(before);
  await hostport.objects.editPool('tight', { ranges: ['21020-21023'] });
  await sets.complete('tall');
  expect(await sets.numbers('tall')).toMatchObject(before);
  expect(await sets.pods('tall')).toHaveLength(4);
});
