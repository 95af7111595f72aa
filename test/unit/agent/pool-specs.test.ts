import { beforeEach, describe, expect, test } from '@jest/globals';
import { PoolSpecs } from '../../../src/agent/index.ts';
import type { PortPool } from '../../../src/api/index.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { ClusterClient, ListOptions } from '../../../src/kube/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { storedPool } from '../allocation/resources.ts';

const { signal } = new AbortController();

let clock: FakeClock;
let there: readonly PortPool[] | Error;
let asked: (string | undefined)[];
let warnings: string[];
let pools: PoolSpecs;

const list = (_: unknown, { resourceVersion }: ListOptions): Promise<unknown> => {
  asked.push(resourceVersion);
  return there instanceof Error ? Promise.reject(there) : Promise.resolve({ items: there, resourceVersion: '7' });
};

beforeEach(() => {
  clock = new FakeClock();
  there = [storedPool('games', { ranges: ['20000-20009'] })];
  asked = [];
  warnings = [];
  pools = new PoolSpecs({
    client: { list } as unknown as ClusterClient,
    clock,
    random: seededRandom(1),
    log: { ...silentLogger, warn: (message) => void warnings.push(message) },
    everyMs: 60_000,
  });
});

const ranges = async (): Promise<readonly string[]> => (await pools.read(signal)).flatMap((spec) => spec.ranges);

describe('the specs of pools', () => {
  test('are asked for once in a while, of what the API server has in memory', async () => {
    expect(await ranges()).toEqual(['20000-20009']);
    there = [storedPool('games', { ranges: ['20000-20019'] })];
    await clock.advance(47_000);
    expect(await ranges()).toEqual(['20000-20009']);
    await clock.advance(26_000);
    expect(await ranges()).toEqual(['20000-20019']);
    expect(asked).toEqual(['0', '0']);
  });

  test('stand while they can not be asked for, and are not asked for any more often', async () => {
    await ranges();
    there = new Error('the API server is away');
    await clock.advance(73_000);
    expect([await ranges(), await ranges()]).toEqual([['20000-20009'], ['20000-20009']]);
    expect([asked.length, warnings.length]).toEqual([2, 1]);
  });

  test('are unknown before they were read once, and asked for again soon', async () => {
    there = new Error('the API server is away');
    await expect(ranges()).rejects.toThrow('away');
    there = [];
    expect(await ranges()).toEqual([]);
  });

  test('are those of pools that can be read', async () => {
    there = [storedPool('games', { ranges: ['20000-20009'] }), { spec: {} } as unknown as PortPool];
    expect(await ranges()).toEqual(['20000-20009']);
  });
});
