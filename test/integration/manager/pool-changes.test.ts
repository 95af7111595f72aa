import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { SOON_MS, expectRefusal, numbersGiven, poolCondition, poolIsWithout, poolShows } from './expectations.ts';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport();
});
afterAll(async () => hostport[Symbol.asyncDispose]());

const game = (poolName: string, port?: number) => ({
  poolName,
  ports: [{ name: 'game', ...(port === undefined ? {} : { port }) }],
});

async function allocate(name: string, poolName: string, port?: number): Promise<number> {
  await hostport.objects.createAllocation(name, game(poolName, port));
  const [number = 0] = await numbersGiven(hostport, name);
  return number;
}

describe('a pool that is deleted', () => {
  test('goes at once when nothing is held', async () => {
    await hostport.objects.createPool('unused', { ranges: ['5000-5009'] });
    await poolCondition(hostport, 'unused', { type: 'Ready' });
    expect(await hostport.kubectl(['delete', 'pp', 'unused', '--timeout=60s'])).toMatchObject({ code: 0 });
  });

  test('stays while numbers are held, says so, gives no more, and then goes', async () => {
    await hostport.objects.createPool('used', { ranges: ['5100-5109'], cooldown: '0s' });
    await allocate('last-1', 'used');
    await allocate('last-2', 'used');
    await hostport.objects.removePool('used');
    const inUse = await poolCondition(hostport, 'used', { type: 'InUse' });
    expect(inUse.message).toContain('it goes when its 2 numbers are released: see "kubectl get portallocations -A"');
    await hostport.objects.createAllocation('too-late', game('used'));
    await expectRefusal(hostport, 'too-late', {
      reason: 'PoolNotReady',
      says: ['it is being deleted: name another pool'],
    });

    await hostport.objects.removeAllocation('last-1');
    await poolShows(hostport, 'used', { allocated: 1 });
    await hostport.objects.removeAllocation('last-2');
    const read = () => hostport.objects.findPool('used');
    await hostport.eventually(read, (pool) => pool === undefined, 'the pool is gone', SOON_MS);
    await expectRefusal(hostport, 'too-late', { reason: 'PoolNotFound', says: ['there is no PortPool "used"'] });
  });

  test('may be made again under its name, and serves who waited', async () => {
    await hostport.objects.createPool('used', { ranges: ['5150'] });
    expect(await numbersGiven(hostport, 'too-late')).toEqual([5150]);
  });

  test('keeps its numbers from others while it cools', async () => {
    await hostport.objects.createPool('cooling', { ranges: ['5160'], cooldown: '1h' });
    await allocate('cooled', 'cooling');
    await hostport.objects.removeAllocation('cooled');
    await poolShows(hostport, 'cooling', { cooling: 1 });
    expect(await hostport.kubectl(['delete', 'pp', 'cooling', '--timeout=60s'])).toMatchObject({ code: 0 });
  });
});

describe('a pool that shrinks', () => {
  test('takes nothing away, and counts what lies outside', async () => {
    await hostport.objects.createPool('shrinking', { ranges: ['5200-5209'], cooldown: '0s' });
    for (const port of [5200, 5205, 5209]) await allocate(`shrunk-${port}`, 'shrinking', port);
    await hostport.objects.editPool('shrinking', { ranges: ['5200-5204'] });
    await poolShows(hostport, 'shrinking', { capacity: 5, allocated: 1, free: 4, outside: 2 });
    const { message } = await poolCondition(hostport, 'shrinking', { type: 'OutsidePool' });
    expect(message).toContain('2 numbers are held that the ranges no longer contain');
    for (const port of [5200, 5205, 5209]) expect(await numbersGiven(hostport, `shrunk-${port}`)).toEqual([port]);
    const held = (await hostport.holders()).filter(({ pool }) => pool === 'shrinking');
    expect(held.map(({ number }) => number)).toEqual([5200, 5205, 5209]);
  });

  test('leaves a holder its number through an edit, too', async () => {
    await hostport.objects.editAllocation('shrunk-5205', { ports: [{ name: 'game', port: 5205 }, { name: 'more' }] });
    const [first, second] = await numbersGiven(hostport, 'shrunk-5205');
    expect(first).toBe(5205);
    expect(second).toBeLessThan(5205);
  });

  test('hands a number outside to nobody else when it is released', async () => {
    await hostport.objects.removeAllocation('shrunk-5209');
    await poolShows(hostport, 'shrinking', { outside: 1 });
    await hostport.objects.createAllocation('outside', game('shrinking', 5209));
    const says = ['port 5209 is not in pool "shrinking" (5200-5204)', 'no pool has it; write a number of the pool'];
    await expectRefusal(hostport, 'outside', { reason: 'PortOutsidePool', says });
  });

  test('counts them inside again when it grows back', async () => {
    await hostport.objects.editPool('shrinking', { ranges: ['5200-5209'] });
    await poolIsWithout(hostport, 'shrinking', 'OutsidePool');
    await poolShows(hostport, 'shrinking', { capacity: 10, outside: 0 });
    expect(await numbersGiven(hostport, 'outside')).toEqual([5209]);
  });
});

describe('an exclusion', () => {
  test('keeps numbers from being handed out, and takes none away', async () => {
    await hostport.objects.createPool('excluding', { ranges: ['5300-5303'], exclude: ['5301'] });
    await allocate('excluded-5302', 'excluding', 5302);
    await hostport.objects.editPool('excluding', { exclude: ['5301-5302'] });
    await poolShows(hostport, 'excluding', { capacity: 2, outside: 1 });
    const rest = [await allocate('excluded-a', 'excluding'), await allocate('excluded-b', 'excluding')];
    expect(rest.sort()).toEqual([5300, 5303]);
    await hostport.objects.createAllocation('excluded-c', game('excluding'));
    await expectRefusal(hostport, 'excluded-c', { reason: 'PoolExhausted', says: ['pool "excluding"'] });
    expect(await numbersGiven(hostport, 'excluded-5302')).toEqual([5302]);
  });

  test('that is taken back lets in who waits', async () => {
    await hostport.objects.editPool('excluding', { exclude: ['5302'] });
    expect(await numbersGiven(hostport, 'excluded-c')).toEqual([5301]);
  });
});
