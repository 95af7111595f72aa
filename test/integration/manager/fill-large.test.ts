import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PortAllocation, StrategyName } from '../../../src/api/index.ts';
import { isConditionTrue } from '../../../src/kube/index.ts';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { expectRefusal, numbersGiven, poolShows, secondAfter } from './expectations.ts';
import { PortAllocations } from '../../../src/api/index.ts';

const FIRST = 20_000;
const SIZE = 45_000;
const PORTS = 32;
const LONG_MS = 90_000;
/** Of 1,024 numbers, that one allocation may have. */
const MOST_BLOCKS = 9;

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ record: false });
  await hostport.objects.createPool('large', {
    ranges: [`${FIRST}-${FIRST + SIZE - 1}`],
    cooldown: '0s',
    allowEphemeralOverlap: true,
    allowNodePortOverlap: true,
  });
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** Asks for that many ports of so many numbers each, where the strategy puts them. Whether there was room for all of them. */
async function take(name: string, strategy: StrategyName, ports: number, count: number): Promise<boolean> {
  const { objects, eventually } = hostport;
  const wanted = Array.from({ length: ports }, (_, at) => ({ name: `p${at}`, count }));
  await objects.createAllocation(name, { poolName: 'large', strategy, ports: wanted });
  const isJudged = (found: PortAllocation | undefined): boolean => found?.status?.conditions !== undefined;
  const judged = await eventually(() => objects.findAllocation(name), isJudged, `${name} is served or refused`);
  if (isConditionTrue(judged?.status?.conditions, 'Allocated')) return true;
  await objects.removeAllocation(name);
  await objects.gone(name);
  return false;
}

/** Fills the pool but for fewer than `PORTS` numbers: with blocks while they find room, then with ever smaller ones. */
async function fill(strategy: StrategyName): Promise<void> {
  for (const count of [128, 32, 8, 1]) {
    for (let at = 0; await take(`many-${count}-${at}`, strategy, PORTS, count); at++);
  }
}

/** Deletes every allocation, and waits until nothing is held. */
async function empty(): Promise<void> {
  const { client, signal } = hostport;
  const names = (await hostport.objects.allocations()).map(({ metadata }) => metadata.name);
  await Promise.all(names.map((name) => client.remove(PortAllocations, { namespace: 'default', name }, { signal })));
  const read = async (): Promise<number> => (await hostport.holders()).length;
  await hostport.eventually(read, (held) => held === 0, 'nothing is held', LONG_MS);
}

describe('a pool of 45,000 numbers is filled to the last one', () => {
  test.each<StrategyName>(['Sequential', 'Stride', 'Random'])('%s', async (strategy) => {
    await take('early', strategy, 1, 1);
    await fill(strategy);
    const left = SIZE - (await hostport.holders()).length;
    expect(left).toBeLessThan(PORTS);
    const singles = Array.from({ length: left }, (_, at) => `single-${at}`);
    const found = await Promise.all(singles.map((name) => take(name, strategy, 1, 1)));
    expect(found).not.toContain(false);
    const held = await hostport.holders();
    const different = new Set(held.map(({ number }) => number)).size;
    expect({ held: held.length, different }).toEqual({ held: SIZE, different: SIZE });
    await poolShows(hostport, 'large', { capacity: SIZE, allocated: SIZE, free: 0 });

    const late = { poolName: 'large', strategy, ports: [{ name: 'late' }] };
    for (const name of ['z-late', 'a-late']) {
      const { metadata } = await hostport.objects.createAllocation(name, late);
      await expectRefusal(hostport, name, { reason: 'PoolExhausted', says: ['pool "large" has no free TCP number'] });
      await secondAfter(hostport, metadata.creationTimestamp);
    }
    const freed = await numbersGiven(hostport, 'early');
    await hostport.objects.removeAllocation('early');
    expect(await numbersGiven(hostport, 'z-late')).toEqual(freed);
    expect((await hostport.objects.findAllocation('a-late'))?.status?.ports).toBeUndefined();
    await empty();
  });

  test('in blocks of 1,024, until no such block is left', async () => {
    const blocks = Array.from({ length: Math.floor(SIZE / 1024) }, (_, at) => ({ name: `b${at}`, count: 1024 }));
    const given: number[] = [];
    // More than one holder may have are asked for by several.
    for (let at = 0; at < blocks.length; at += MOST_BLOCKS) {
      const ports = blocks.slice(at, at + MOST_BLOCKS);
      await hostport.objects.createAllocation(`blocks-${at}`, { poolName: 'large', strategy: 'Sequential', ports });
      given.push(...(await numbersGiven(hostport, `blocks-${at}`)));
    }
    expect(new Set(given).size).toBe(blocks.length * 1024);
    await hostport.objects.createAllocation('block', { poolName: 'large', ports: [{ name: 'b', count: 1024 }] });
    await expectRefusal(hostport, 'block', {
      reason: 'PoolExhausted',
      says: ['no 1024 consecutive free TCP numbers', `(${SIZE % 1024} numbers are free)`],
    });
    await empty();
  });
});
