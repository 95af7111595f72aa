import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PortAllocation, StrategyName } from '../../../src/api/index.ts';
import { PortAllocations } from '../../../src/allocation/index.ts';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { expectRefusal, numbersGiven, poolShows, secondAfter } from './expectations.ts';

const FIRST = 20_000;
const SIZE = 45_000;
const LARGEST = 1_024;
/** Allocations of so many ports fill the pool but for the last few numbers, which are asked for one by one. */
const SINGLES = 8;
const sizes = [...Array<number>(Math.floor((SIZE - SINGLES) / LARGEST)).fill(LARGEST), (SIZE - SINGLES) % LARGEST];
const LONG_MS = 90_000;

const single = { poolName: 'large', ports: [{ name: 'game' }] };
const singles = Array.from({ length: SINGLES }, (_, at) => `single-${at}`);

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

const nameOf = (ports: PortAllocation['spec']['ports']) => ports.length;

/** Asks for many ports at once, each of one number, which the strategy chooses. */
async function fill(strategy: StrategyName): Promise<void> {
  for (const [at, size] of sizes.entries()) {
    const ports = Array.from({ length: size }, (_, port) => ({ name: `p${port}` }));
    await hostport.objects.createAllocation(`many-${at}`, { poolName: 'large', strategy, ports });
  }
  const isGiven = ({ spec, status }: PortAllocation): boolean => nameOf(spec.ports) === status?.ports?.length;
  const read = async (): Promise<number> => (await hostport.objects.allocations()).filter(isGiven).length;
  await hostport.eventually(read, (given) => given === sizes.length, 'all of the many have their numbers', LONG_MS);
}

async function numbersOfAll(): Promise<readonly number[]> {
  const all = await hostport.objects.allocations();
  return all.flatMap(({ status }) => status?.ports?.map(({ port }) => port) ?? []);
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
    await fill(strategy);
    await poolShows(hostport, 'large', { capacity: SIZE, allocated: SIZE - SINGLES, free: SINGLES });
    await Promise.all(singles.map((name) => hostport.objects.createAllocation(name, { ...single, strategy })));
    await Promise.all(singles.map((name) => numbersGiven(hostport, name)));
    const numbers = await numbersOfAll();
    expect({ given: numbers.length, different: new Set(numbers).size }).toEqual({ given: SIZE, different: SIZE });
    await poolShows(hostport, 'large', { allocated: SIZE, free: 0 });

    for (const name of ['z-late', 'a-late']) {
      const { metadata } = await hostport.objects.createAllocation(name, { ...single, strategy });
      await expectRefusal(hostport, name, { reason: 'PoolExhausted', says: ['pool "large" has no free TCP number'] });
      await secondAfter(hostport, metadata.creationTimestamp);
    }
    const [freed] = await numbersGiven(hostport, 'single-3');
    await hostport.objects.removeAllocation('single-3');
    expect(await numbersGiven(hostport, 'z-late')).toEqual([freed]);
    expect((await hostport.objects.findAllocation('a-late'))?.status?.ports).toBeUndefined();
    await empty();
  });

  test('in blocks of 1,024, until no such block is left', async () => {
    const blocks = Array.from({ length: Math.floor(SIZE / LARGEST) }, (_, at) => ({ name: `b${at}`, count: LARGEST }));
    await hostport.objects.createAllocation('blocks', { poolName: 'large', strategy: 'Sequential', ports: blocks });
    expect(new Set(await numbersGiven(hostport, 'blocks')).size).toBe(blocks.length * LARGEST);
    await hostport.objects.createAllocation('block', { poolName: 'large', ports: [{ name: 'b', count: LARGEST }] });
    await expectRefusal(hostport, 'block', {
      reason: 'PoolExhausted',
      says: ['no 1024 consecutive free TCP numbers', `(${SIZE % LARGEST} numbers are free)`],
    });
    await empty();
  });
});
