import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { expectRefusal, numbersGiven, poolShows, secondAfter } from './expectations.ts';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport();
});
afterAll(async () => {
  const { faults } = await hostport.recorder.verdict();
  await hostport[Symbol.asyncDispose]();
  expect(faults).toEqual([]);
});

const exhausted = { reason: 'PoolExhausted', says: ['it is served as soon as there is room'] };

/** Fills a pool, then has others wait for it, each in a second of its own. Their names are in the order of the alphabet. */
async function crowd(pool: string, holders: readonly string[], waiters: readonly string[]): Promise<void> {
  const spec = { poolName: pool, ports: [{ name: 'game' }] };
  for (const name of holders) {
    await hostport.objects.createAllocation(name, spec);
    await numbersGiven(hostport, name);
  }
  for (const name of waiters) {
    const { metadata } = await hostport.objects.createAllocation(name, spec);
    await expectRefusal(hostport, name, exhausted);
    await secondAfter(hostport, metadata.creationTimestamp);
  }
}

/** Those of `names` that have a number. */
async function served(names: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(names.map((name) => hostport.objects.findAllocation(name)));
  return found.flatMap((one) => (one?.status?.ports === undefined ? [] : one.metadata.name));
}

test('a release lets one in, the oldest first, whatever its name', async () => {
  const waiters = ['plain-z', 'plain-m', 'plain-a'];
  await hostport.objects.createPool('plain', { ranges: ['5000-5001'], cooldown: '0s' });
  await crowd('plain', ['plain-1', 'plain-2'], waiters);
  const [number] = await numbersGiven(hostport, 'plain-1');

  await hostport.objects.removeAllocation('plain-1');
  expect(await numbersGiven(hostport, 'plain-z')).toEqual([number]);
  await poolShows(hostport, 'plain', { allocated: 2, free: 0 });
  expect(await served(waiters)).toEqual(['plain-z']);

  await hostport.objects.removeAllocation('plain-2');
  await numbersGiven(hostport, 'plain-m');
  expect(await served(waiters)).toEqual(['plain-z', 'plain-m']);
  await expectRefusal(hostport, 'plain-a', exhausted);
});

test('wider ranges let in as many as there is room for, the oldest first', async () => {
  const waiters = ['wide-z', 'wide-m', 'wide-a'];
  await hostport.objects.createPool('wide', { ranges: ['5100'] });
  await crowd('wide', ['wide-1'], waiters);

  await hostport.objects.editPool('wide', { ranges: ['5100-5102'] });
  expect((await Promise.all(['wide-z', 'wide-m'].map((name) => numbersGiven(hostport, name)))).flat().sort()).toEqual([
    5101, 5102,
  ]);
  expect(await served(waiters)).toEqual(['wide-z', 'wide-m']);
});

test('the end of a cooldown lets one in, and nobody comes earlier', async () => {
  const waiters = ['cool-z', 'cool-a'];
  await hostport.objects.createPool('cool', { ranges: ['5200'], cooldown: '15s' });
  await crowd('cool', ['cool-1'], waiters);

  await hostport.objects.removeAllocation('cool-1');
  await poolShows(hostport, 'cool', { allocated: 0, cooling: 1, free: 0 });
  expect(await served(waiters)).toEqual([]);
  expect(await numbersGiven(hostport, 'cool-z')).toEqual([5200]);
  await poolShows(hostport, 'cool', { allocated: 1, cooling: 0 });
  expect(await served(waiters)).toEqual(['cool-z']);
  // That nobody took the number while it cooled, the recorder's verdict says at the end.
});

test('who comes again under the same name has its cooling number at once, before those who wait', async () => {
  await hostport.objects.createPool('again', { ranges: ['5300'], cooldown: '1h' });
  await crowd('again', ['again-1'], ['again-a']);
  await hostport.objects.removeAllocation('again-1');
  await hostport.objects.gone('again-1');
  await hostport.objects.createAllocation('again-1', { poolName: 'again', ports: [{ name: 'game' }] });
  expect(await numbersGiven(hostport, 'again-1')).toEqual([5300]);
  expect(await served(['again-a'])).toEqual([]);
});

test('who waits for more than there is keeps nobody out who asks for less', async () => {
  await hostport.objects.createPool('mixed', { ranges: ['5400-5403'], cooldown: '0s' });
  const ports = (count: number) => ({ poolName: 'mixed', ports: [{ name: 'rtp', count }] });
  await hostport.objects.createAllocation('mixed-1', ports(3));
  await numbersGiven(hostport, 'mixed-1');
  await hostport.objects.createAllocation('mixed-big', ports(2));
  await expectRefusal(hostport, 'mixed-big', {
    reason: 'PoolExhausted',
    says: ['no 2 consecutive free TCP numbers', '(1 numbers are free)'],
  });
  await hostport.objects.createAllocation('mixed-small', ports(1));
  await numbersGiven(hostport, 'mixed-small');
  await hostport.objects.removeAllocation('mixed-1');
  expect(await numbersGiven(hostport, 'mixed-big')).toHaveLength(2);
});

test('who waits for an exact number gets it when its holder goes', async () => {
  await hostport.objects.createAllocation('exact-1', [{ name: 'game', port: 27_015 }]);
  await numbersGiven(hostport, 'exact-1');
  await hostport.objects.editPool('default', { cooldown: '0s' });
  await hostport.objects.createAllocation('exact-2', [{ name: 'game', port: 27_015 }]);
  await expectRefusal(hostport, 'exact-2', { reason: 'PortHeld', says: ['port 27015', 'default/exact-1'] });
  await hostport.objects.removeAllocation('exact-1');
  expect(await numbersGiven(hostport, 'exact-2')).toEqual([27_015]);
});
