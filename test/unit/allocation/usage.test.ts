import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CLUSTER, EVERYWHERE, UsageBook } from '../../../src/allocation/index.ts';
import type { KnownPool, Usage } from '../../../src/allocation/index.ts';
import { understandPools } from '../../../src/allocation/pool-rules.ts';
import { Domain, HeldTotals, Totals, rangesInclude, rangesSize } from '../../../src/core/index.ts';
import type { Claim } from '../../../src/core/index.ts';
import type { CacheListener, Node } from '../../../src/kube/index.ts';
import type { LedgerListener } from '../../../src/ledger/index.ts';
import { claim, seen } from '../core/make.ts';
import { storedPool } from './resources.ts';

const SIGNAL = new AbortController().signal;
const RUNS = { numRuns: 200 };

/** A pool whose numbers begin and end within a page, with a hole, and with one whole page. */
const games = pool('Cluster');
const onNodes = pool('Node', 'media');

function pool(scope: 'Cluster' | 'Node', name = 'games'): KnownPool {
  const [known] = understandPools([storedPool(name, { scope, ranges: ['20050-20199', '20201-20210'] })]);
  if (known === undefined) throw new Error('a pool is understood as one');
  return known;
}

/** The domains of a ledger, and nodes that are added and deleted. */
class Scene {
  readonly everywhere = new Map<number, readonly Claim[]>();
  readonly totals = new Totals();
  readonly held = new HeldTotals();
  readonly nodes = new Map<string, Node>();
  readonly book: UsageBook;
  readonly #domains: ReadonlyMap<string, Domain>;
  #onLedger: LedgerListener = () => undefined;
  #onNode: CacheListener<Node> = () => undefined;

  constructor() {
    const together = { everywhere: this.everywhere, totals: this.totals, held: this.held, cooling: new Set<Domain>() };
    this.#domains = new Map([CLUSTER, 'n1', 'n2'].map((key) => [key, new Domain(together).follow()] as const));
    const none: Disposable = { [Symbol.dispose]: () => undefined };
    this.book = new UsageBook({
      ledger: {
        expire: () => undefined,
        domain: (key) => this.domain(key),
        subscribe: (listener) => ((this.#onLedger = listener), none),
      },
      pools: { subscribe: () => none },
      nodes: {
        list: () => [...this.nodes.values()],
        get: (_, name) => this.nodes.get(name),
        subscribe: (listener) => ((this.#onNode = listener), none),
      },
    });
    for (const name of ['n1', 'n2']) this.move(name, true);
  }

  domains(): Iterable<string> {
    return this.#domains.keys();
  }

  domain(key: string): Domain {
    const domain = this.#domains.get(key);
    if (domain === undefined) throw new Error('there is no such domain');
    return domain;
  }

  /** Adds or deletes a node. */
  move(name: string, isThere: boolean): void {
    const known = this.nodes.get(name);
    if ((known !== undefined) === isThere) return;
    const object = known ?? ({ metadata: { name } } as Node);
    if (isThere) this.nodes.set(name, object);
    else this.nodes.delete(name);
    this.#onNode({ type: isThere ? 'applied' : 'deleted', object });
  }

  /** Notifies of the changes in a domain; undefined: of a change in all domains. */
  notify(key: string | undefined): void {
    if (key === undefined) return this.#onLedger(EVERYWHERE, new Map());
    const changes = this.domain(key).takeChanges();
    if (changes.size > 0) this.#onLedger(key, changes);
  }
}

/** The usage of a pool, computed by a walk over all numbers. */
function usageByWalking(scene: Scene, known: KnownPool, keys: readonly string[]): Usage {
  const { name, pool: rules } = known;
  const { usable } = rules;
  const counts = { allocated: 0, reserved: 0, blocked: 0, cooling: 0 };
  let outside = 0;
  for (const key of keys) {
    const domain = scene.domain(key);
    for (const number of new Set(domain.occupied())) {
      const there = new Set(domain.obstaclesOn(number).map(({ state }) => state));
      const isHeld = domain.claimsOn(number).some(({ pool: of, state }) => of === name && isHolding(state));
      if (!rangesInclude(usable, number)) outside += Number(isHeld);
      else if (there.has('held')) counts.allocated++;
      else if (there.has('reserved')) counts.reserved++;
      else if (there.has('observed') || there.has('unreadable')) counts.blocked++;
      else if (there.has('cooling')) counts.cooling++;
    }
  }
  const capacity = rangesSize(usable) * keys.length;
  const taken = counts.allocated + counts.reserved + counts.blocked + counts.cooling;
  return { capacity, ...counts, free: capacity - taken, outside };
}

function isHolding(state: Claim['state']): boolean {
  return state === 'held' || state === 'reserved';
}

const COUNT = { does: 'count' } as const;
const number = fc.oneof(fc.integer({ min: 20_030, max: 20_260 }), fc.constantFrom(1, 63, 64, 65_535));
const states = fc.constantFrom('held', 'reserved', 'cooling', 'unreadable');
const someClaims = fc.array(fc.record({ state: states, pool: fc.constantFrom('games', 'media') }), { maxLength: 3 });
const where = fc.constantFrom('', 'n1', 'n2');
const change = fc.oneof(
  fc.record({ does: fc.constantFrom('write', 'try'), where, number, claims: someClaims }),
  fc.record({ does: fc.constantFrom('see', 'see everywhere'), where, number, isThere: fc.boolean() }),
  fc.record({ does: fc.constant('move'), where: fc.constantFrom('n1', 'n2'), number, isThere: fc.boolean() }),
  fc.constant(COUNT),
);

type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

function play(scene: Scene, what: Change): void {
  if ('claims' in what) {
    const { does, where: key, number: at, claims } = what;
    const domain = scene.domain(key);
    domain.begin();
    domain.write(
      at,
      claims.map((parts) => claim(at, { ...parts, time: 10 })),
    );
    if (does === 'try') domain.rollback();
    else domain.commit();
    scene.notify(key);
  } else if ('isThere' in what) {
    const { does, where: key, number: at, isThere } = what;
    if (does === 'move') return scene.move(key, isThere);
    const observed = isThere ? [seen(at)] : [];
    if (does === 'see') {
      scene.domain(key).observe(at, observed);
      scene.notify(key);
    } else {
      scene.everywhere.set(at, observed);
      for (const each of scene.domains()) scene.domain(each).refresh(at);
      scene.notify(undefined);
    }
  }
}

describe('what is counted piece by piece', () => {
  test('is what a walk over every number counts, however often and whenever it is asked', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 30 }), async (changes) => {
        const scene = new Scene();
        for (const each of [...changes, COUNT]) {
          play(scene, each);
          if (each.does !== 'count') continue;
          expect(await scene.book.of(games, SIGNAL)).toEqual(usageByWalking(scene, games, [CLUSTER]));
          const nodes = [...scene.nodes.keys()];
          expect(await scene.book.of(onNodes, SIGNAL)).toEqual(usageByWalking(scene, onNodes, nodes));
        }
      }),
      RUNS,
    );
  });

  test('and so are the numbers that are held for a pool, and those that nobody can read', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const scene = new Scene();
        for (const each of changes) play(scene, each);
        for (const name of ['games', 'media', 'none']) {
          const held = numbersWhere(scene, ({ pool: of, state }) => of === name && isHolding(state));
          expect(scene.held.of(name)).toBe(held);
        }
        for (const name of ['games', 'media']) {
          const pairs = pairsOf(scene, name);
          expect(new Map(scene.totals.heldIn(name))).toEqual(pairs);
          expect(scene.totals.of('elsewhere', name)).toBe(pairs.get('elsewhere') ?? 0);
        }
        const unreadable = [...scene.domains()].reduce((sum, key) => sum + scene.domain(key).held.unreadable, 0);
        expect(unreadable).toBe(numbersWhere(scene, ({ state }) => state === 'unreadable'));
      }),
      RUNS,
    );
  });
});

test('a count that nobody waits for any longer ends', async () => {
  const scene = new Scene();
  scene.domain('').write(20_100, [claim(20_100)]);
  const gone = new AbortController();
  gone.abort(new Error('the manager ends'));
  await expect(scene.book.of(games, gone.signal)).rejects.toThrow('the manager ends');
});

/** By namespace, how many pairs of number and address it has of a pool, in all domains. */
function pairsOf(scene: Scene, name: string): ReadonlyMap<string, number> {
  const pairs = new Map<string, Set<string>>();
  for (const key of scene.domains()) {
    for (const { pool: of, state, holder, number: at, address } of scene.domain(key).claims()) {
      if (of !== name || !isHolding(state)) continue;
      pairs.set(holder.namespace, (pairs.get(holder.namespace) ?? new Set()).add(`${key} ${at} ${address}`));
    }
  }
  return new Map([...pairs].map(([namespace, { size }]) => [namespace, size]));
}

/** How many numbers of all domains have a claim that `matches`. */
function numbersWhere(scene: Scene, matches: (claim: Claim) => boolean): number {
  const found = new Set<string>();
  for (const key of scene.domains()) {
    for (const each of scene.domain(key).claims()) if (matches(each)) found.add(`${key} ${each.number}`);
  }
  return found.size;
}
