import { expect, test } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { err, ok } from '../../../src/base/result.ts';
import { Allocator, CLUSTER, podHolder } from '../../../src/allocation/index.ts';
import { understandPools } from '../../../src/allocation/pool-rules.ts';
import type { AllocatorParts } from '../../../src/allocation/allocator.ts';
import { Domain, refuse } from '../../../src/core/index.ts';
import type { Holder, Refusal } from '../../../src/core/index.ts';
import type { Result } from '../../../src/base/result.ts';
import type { Ledger, Work } from '../../../src/ledger/index.ts';
import { allocation, claim, tcp } from '../core/make.ts';
import { storedPool } from './resources.ts';

const { signal } = new AbortController();
const me = allocation('me');
const [games] = understandPools([storedPool('games', { ranges: ['20000-20001'], maxPortsPerNamespace: 1 })]);

/** A ledger that another manager changes between the dry run and the write. */
function ledgerThatMoves(before: Domain, after: Domain): Pick<Ledger, 'domain' | 'dryRun' | 'commit'> {
  const run = <T>(domain: Domain, work: Work<T>, end: 'commit' | 'rollback'): Result<T, Refusal> => {
    domain.begin();
    const outcome = work(domain, { now: 0, random: seededRandom(1), roundStates: new Map() });
    domain[end]();
    return outcome;
  };
  return {
    domain: () => after,
    dryRun: (_key, work) => run(before, work, 'rollback'),
    commit: async (_key, work) => run(after, work, 'commit'),
  };
}

/** An allocator with the pool `games`, and how many numbers it has taken from the quota. */
function allocatorOn(
  before: Domain,
  after: Domain,
  isGone = async (_uid: string): Promise<boolean> => false,
): { allocator: Allocator; taken: () => number } {
  let taken = 0;
  const quotas = {
    take: async (_pool: unknown, namespace: string, by: number) => {
      taken += by;
      return taken <= 1
        ? ok(undefined)
        : err(refuse.quotaExceeded({ namespace, pool: 'games', limit: 1, used: 1, wanted: by }));
    },
    giveBack: async (_pool: string, _namespace: string, by: number) => void (taken -= by),
    announce: () => ({ [Symbol.dispose]: () => undefined }),
  };
  const parts = {
    ledger: ledgerThatMoves(before, after),
    pools: {
      all: () => [games],
      with: () => [],
      find: (name: string) => (name === 'games' ? games : undefined),
      cooldownOf: () => 0,
    },
    quotas,
    liveness: { isGone: ({ uid }: Holder) => isGone(uid) },
    namespaces: { get: () => undefined },
    nodes: { get: () => undefined },
    clock: systemClock,
    observe: () => undefined,
  };
  return { allocator: new Allocator(parts as unknown as AllocatorParts), taken: () => taken };
}

test('a number that came free after the quota was asked is not held uncounted', async () => {
  const full = new Domain();
  for (const number of [20_000, 20_001]) full.write(number, [claim(number)]);
  const free = new Domain();
  const { allocator, taken } = allocatorOn(full, free);
  const answer = await allocator.reserve({ holder: me, poolName: 'games', ports: [tcp('p')] }, signal);
  expect(answer).toMatchObject({ ok: false, error: { reason: 'PoolExhausted' } });
  expect({ taken: taken(), held: [...free.claims()].length }).toEqual({ taken: 0, held: 0 });
});

test('nor is a number that the holder lost meanwhile', async () => {
  const held = new Domain();
  held.write(20_000, [claim(20_000, { holder: me, port: 'p' })]);
  const lost = new Domain();
  const { allocator, taken } = allocatorOn(held, lost);
  const answer = await allocator.reserve({ holder: me, poolName: 'games', ports: [tcp('p'), tcp('q')] }, signal);
  expect(answer).toMatchObject({ ok: false, error: { reason: 'LedgerUnavailable' } });
  expect({ taken: taken(), held: [...lost.claims()].length }).toEqual({ taken: 1, held: 0 });
});

test('a number that was lent is given back to the quota by the last of the two', async () => {
  const pod = podHolder({ namespace: 'arena', name: 'relay', uid: 'relay-1' });
  const held = new Domain();
  held.write(20_000, [claim(20_000, { holder: me, port: 'p' }), claim(20_000, { holder: pod, port: 'p' })]);
  const { allocator, taken } = allocatorOn(held, held);
  await allocator.release(me, signal, { only: CLUSTER });
  expect(taken()).toBe(0);
  await allocator.release(pod, signal, { only: CLUSTER });
  expect(taken()).toBe(-1);
});

test('an earlier object of the name is asked after once, however many numbers it has', async () => {
  const held = new Domain();
  const former = allocation(me.name, 'former');
  const numbers = [20_000, 20_001, 20_002];
  for (const number of numbers) held.write(number, [claim(number, { holder: former, port: `p-${number}` })]);
  const asked: string[] = [];
  const { allocator } = allocatorOn(held, held, async (uid) => asked.push(uid) > 0);
  await allocator.reserve({ holder: me, poolName: 'games', ports: [tcp('p')] }, signal);
  expect(asked).toEqual(['former']);
});
