import { beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { ok } from '../../../src/base/result.ts';
import { Allocator, Quotas } from '../../../src/allocation/index.ts';
import { understandPools } from '../../../src/allocation/pool-rules.ts';
import type { Ask } from '../../../src/allocation/index.ts';
import type { AllocatorParts } from '../../../src/allocation/allocator.ts';
import { Domain, NO_POOL, Totals, confirm, holder } from '../../../src/core/index.ts';
import type { PortRequest } from '../../../src/core/index.ts';
import type { Work } from '../../../src/ledger/index.ts';
import { allocation, tcp } from '../core/make.ts';
import { storedPool } from './resources.ts';

const { signal } = new AbortController();

const pools = understandPools([
  storedPool('games', { ranges: ['20000-20999'], maxPortsPerNamespace: 3 }, { isDefault: true, age: 3 }),
  storedPool('media', { ranges: ['21000-21999'], maxPortsPerNamespace: 2 }, { age: 2 }),
  storedPool('closed', { ranges: ['22000-22999'], namespaceSelector: { matchLabels: { vip: 'true' } } }, { age: 1 }),
  storedPool('wide', { ranges: ['20000-24999'] }),
]);

let domain: Domain;
let totals: Totals;
let counters: Map<string, number>;
let allocator: Allocator;
beforeEach(() => {
  totals = new Totals();
  domain = new Domain({ totals });
  counters = new Map();
  allocator = makeAllocator();
});

/** An allocator over one domain in memory. Its quotas are counted apart from the domain, as in a cluster. */
function makeAllocator(): Allocator {
  const run = <T>(work: Work<T>, end: 'commit' | 'rollback') => {
    domain.begin();
    const outcome = work(domain, { now: 0, random: seededRandom(1), roundStates: new Map() });
    domain[end]();
    return outcome;
  };
  const ledger = {
    domains: () => [''],
    domain: () => domain,
    totals,
    dryRun: <T>(_key: string, work: Work<T>) => run(work, 'rollback'),
    commit: async <T>(_key: string, work: Work<T>) => run(work, 'commit'),
  };
  const known = {
    all: () => pools,
    find: (name: string) => pools.find((pool) => pool.name === name),
    findDefault: () => pools[0],
    with: () => [],
    cooldownOf: () => 0,
    subscribe: () => ({ [Symbol.dispose]: () => undefined }),
  };
  const real = new Quotas({ client: {}, namespace: '', ledger, pools: known } as never);
  const quotas = {
    take: async ({ name }: { name: string }, _namespace: string, by: number) => {
      counters.set(name, (counters.get(name) ?? 0) + by);
      return ok(undefined);
    },
    giveBack: async (name: string, _namespace: string, by: number) => {
      const hasQuota = known.find(name)?.quota !== undefined;
      if (by > 0 && hasQuota) counters.set(name, (counters.get(name) ?? 0) - by);
    },
    announce: () => ({ [Symbol.dispose]: () => undefined }),
    within: (namespace: string) => real.within(namespace),
  };
  const parts = {
    ledger,
    pools: known,
    quotas,
    liveness: { isGone: async () => false },
    namespaces: { get: () => undefined },
    nodes: { get: () => undefined },
    clock: systemClock,
    observe: () => undefined,
  };
  return new Allocator(parts as unknown as AllocatorParts);
}

const brought = (number: number): PortRequest => tcp(`p${number}`, { number, anywhere: true });
const asking = (name: string, ports: readonly PortRequest[], more: Partial<Ask> = {}): Ask => {
  return { holder: allocation(name), ports, ...more };
};
const poolOn = (number: number): readonly string[] => domain.claimsOn(number).map((claim) => claim.pool);

describe('who brings a number along', () => {
  test('is within the limits of the pool that was asked where that has the number, else of the oldest that has it', async () => {
    const ask = asking('a', [brought(20001), brought(21001), brought(24001), brought(80)]);
    expect(await allocator.reserve(ask, signal)).toMatchObject({ ok: true });
    expect([20001, 21001, 24001, 80].flatMap(poolOn)).toEqual(['games', 'media', 'wide', NO_POOL]);
    expect(Object.fromEntries(counters)).toEqual({ games: 1, media: 1 });
    await allocator.reserve(asking('b', [brought(21002)], { poolName: 'wide' }), signal);
    expect(poolOn(21002)).toEqual(['wide']);
    await allocator.release(allocation('a'), signal);
    expect(Object.fromEntries(counters)).toEqual({ games: 0, media: 0 });
  });

  test('is refused where a pool that has one of the numbers does not let its namespace, with all it asked for', async () => {
    const ask = asking('a', [brought(20001), brought(22001)]);
    for (const answer of [await allocator.reserve(ask, signal), allocator.dryRun(ask)]) {
      expect(answer).toMatchObject({ ok: false, error: { reason: 'NamespaceNotAllowed' } });
    }
    expect([...domain.claims()]).toEqual([]);
    expect(counters.get('games') ?? 0).toBe(0);
  });

  test('is refused also where it names that pool itself', async () => {
    const ask = asking('a', [brought(22001)], { poolName: 'closed' });
    expect(await allocator.reserve(ask, signal)).toMatchObject({ error: { reason: 'NamespaceNotAllowed' } });
  });

  test('learns of a quota from a dry run', () => {
    const ask = asking('a', [21001, 21002, 21003].map(brought));
    expect(allocator.dryRun(ask)).toMatchObject({
      ok: false,
      error: { reason: 'QuotaExceeded', message: expect.stringContaining('holds 0 of the 2 numbers') },
    });
    expect(allocator.dryRunAll([asking('a', [tcp('p', { count: 4 })]), asking('b', [tcp('p', { count: 3 })])])).toEqual(
      ['QuotaExceeded', undefined],
    );
  });

  test('is refused before a plan where no plan could be within the quota', async () => {
    let writes = 0;
    const write = domain.write.bind(domain);
    domain.write = (...args) => {
      writes++;
      write(...args);
    };
    const greedy = asking(
      'a',
      Array.from({ length: 900 }, (_, at) => tcp(`p${at}`)),
    );
    expect(await allocator.reserve(greedy, signal)).toMatchObject({ error: { reason: 'QuotaExceeded' } });
    expect(allocator.dryRun(greedy)).toMatchObject({ error: { reason: 'QuotaExceeded' } });
    expect(writes).toBe(0);
  });

  test('has numbers of no pool without end', async () => {
    const ports = Array.from({ length: 100 }, (_, at) => brought(1000 + at));
    expect(await allocator.reserve(asking('a', ports), signal)).toMatchObject({ ok: true });
  });
});

describe('what is reserved for pods that have not come', () => {
  const pod = (name: string): Ask['holder'] => holder({ group: '', kind: 'Pod', namespace: 'arena', name, uid: name });
  const reserving = (name: string): Ask => {
    return { holder: pod(name), poolName: 'wide', ports: [tcp('p', { count: 50 })], until: 45 };
  };

  test('is a quarter of a pool at most, and what is confirmed counts no longer', async () => {
    for (let at = 0; at < 25; at++) {
      expect(await allocator.reserve(reserving(`p${at}`), signal)).toMatchObject({ ok: true });
    }
    const beyond = await allocator.reserve(reserving('one-more'), signal);
    expect(beyond).toMatchObject({ ok: false, error: { reason: 'QuotaExceeded' } });
    expect(beyond.ok ? '' : beyond.error.message).toContain('and 1250 is the most: this ends by itself');
    // A pod that has its reservation already is answered again.
    expect(await allocator.reserve(reserving('p3'), signal)).toMatchObject({ ok: true });
    const other = { ...reserving('other'), holder: { ...pod('other'), namespace: 'elsewhere' } };
    expect(await allocator.reserve(other, signal)).toMatchObject({ ok: true });
    domain.begin();
    confirm(domain, 'p0', pod('p0'), 1);
    domain.commit();
    expect(await allocator.reserve(reserving('one-more'), signal)).toMatchObject({ ok: true });
  });

  test('is 64 numbers in a pool however small, and no matter for who is there', async () => {
    const poolName = 'wide';
    const small = { ...reserving('a'), poolName, ports: [tcp('p', { count: 64 })] };
    expect(await allocator.reserve(small, signal)).toMatchObject({ ok: true });
    const there = {
      holder: allocation('there'),
      poolName,
      ports: [tcp('p', { count: 1024 }), tcp('q', { count: 500 })],
    };
    expect(await allocator.reserve(there, signal)).toMatchObject({ ok: true });
  });
});
