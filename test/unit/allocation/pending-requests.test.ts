import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { CLUSTER, PendingRequests } from '../../../src/allocation/index.ts';
import type { Ask } from '../../../src/allocation/index.ts';
import { Domain } from '../../../src/core/index.ts';
import type { RefusalReason } from '../../../src/core/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { allocation, claim, tcp } from '../core/make.ts';

/** A clock that counts the time that planning takes. */
class WorkingClock extends FakeClock {
  worked = 0;
  override monotonic(): number {
    return super.monotonic() + this.worked;
  }
}

/** A number that the pool `games` hands out, and the first number of another pool. */
const OF_GAMES = 20_000;
const OF_OTHERS = 40_000;

let clock: WorkingClock;
let pending: PendingRequests;
let domain: Domain;
/** How many numbers are free by pool, and the reason with which a pool refuses everything. */
let free: Map<string, number>;
let otherwise: Map<string, RefusalReason>;
/** The names of the holders of each plan. */
let planned: string[][];
let woken: string[];
/** Notifies of the changes that a test wrote, or that a number became free in the pool `games`. */
let notify: (domain: string) => void;
let edit: () => void;
/** How long the plan of one ask takes, in milliseconds. */
let cost: number;

beforeEach(() => {
  clock = new WorkingClock();
  domain = new Domain().follow();
  free = new Map([['games', 0]]);
  otherwise = new Map();
  planned = [];
  woken = [];
  cost = 0;
  const nothing: Disposable = { [Symbol.dispose]: () => undefined };
  const dryRunAll = (asks: readonly Ask[]): readonly (RefusalReason | undefined)[] => {
    planned.push(asks.map(({ holder }) => holder.name));
    clock.worked += cost * asks.length;
    const left = new Map(free);
    return asks.map(({ poolName = '', ports: [port] }) => {
      const { count = 1, number } = port ?? {};
      if (otherwise.has(poolName)) return otherwise.get(poolName);
      if (number !== undefined) return domain.claimsOn(number).length > 0 ? 'PortHeld' : undefined;
      const has = left.get(poolName) ?? 0;
      if (has < count) return 'PoolExhausted';
      left.set(poolName, has - count);
      return undefined;
    });
  };
  pending = new PendingRequests({
    allocator: { dryRunAll },
    ledger: {
      expire: () => undefined,
      nextExpiry: Infinity,
      subscribe: (listener) => {
        notify = (key) => {
          const changes = domain.takeChanges();
          listener(key, changes.size > 0 ? changes : new Map([[OF_GAMES, []]]));
        };
        return nothing;
      },
    },
    pools: {
      with: (number) => [number < OF_OTHERS ? 'games' : 'others'],
      findDefault: () => undefined,
      subscribe: (listener) => ((edit = () => listener(undefined)), nothing),
    },
    clock,
  });
});
afterEach(() => {
  pending[Symbol.dispose]();
});

interface Wanted {
  readonly pool?: string;
  readonly count?: number;
  readonly number?: number;
}

function wait(name: string, { pool = 'games', count = 1, number }: Wanted = {}): void {
  const port = tcp('a', { count, ...(number === undefined ? {} : { number }) });
  const ask: Ask = { holder: allocation(name), poolName: pool, ports: [port] };
  const reason = number === undefined ? 'PoolExhausted' : 'PortHeld';
  pending.wait(name, { ask, reason, since: name, wake: () => woken.push(name) });
}

/** Names whose order is that of age. */
const name = (at: number): string => `w${String(at).padStart(5, '0')}`;

/** Lets so many wait, and time pass until all of them have been looked at now and then. */
async function crowd(size: number, wanted: (at: number) => Wanted = () => ({})): Promise<void> {
  for (let at = size - 1; at >= 0; at--) wait(name(at), wanted(at));
  await clock.advance(40_000);
  expect(pending.size).toBe(size);
  planned = [];
}

const asksPlanned = (): number => planned.reduce((sum, each) => sum + each.length, 0);

test('a write that helps nobody has a few looked at, however many wait', async () => {
  await crowd(10_000);
  // At moments at which no waiter is due.
  const before = asksPlanned();
  for (let write = 0; write < 20; write++) {
    notify(CLUSTER);
    await clock.advance(5);
  }
  expect(asksPlanned() - before).toBeLessThan(20 * 16 + 200);
  expect(woken).toEqual([]);
});

test('a release wakes the oldest at once, and nobody else', async () => {
  await crowd(1_000);
  free.set('games', 1);
  notify(CLUSTER);
  await clock.advance(10);
  expect(woken).toEqual([name(0)]);
  notify(CLUSTER);
  await clock.advance(100);
  expect(woken).toEqual([name(0)]);
});

test('as many are let in as there is room for, the oldest first, each once', async () => {
  await crowd(1_000);
  free.set('games', 300);
  notify(CLUSTER);
  for (let round = 0; round < 100 && pending.size > 700; round++) {
    await clock.advance(20);
    for (const key of woken.filter((_, at) => at >= 1_000 - pending.size)) {
      free.set('games', (free.get('games') ?? 0) - 1);
      pending.leave(key);
      notify(CLUSTER);
    }
  }
  await clock.advance(20_000);
  expect(woken).toEqual(Array.from({ length: 300 }, (_, at) => name(at)));
});

test('one behind those who want more than there is is served within seconds', async () => {
  await crowd(1_000, (at) => ({ count: at === 900 ? 1 : 64 }));
  free.set('games', 1);
  notify(CLUSTER);
  await clock.advance(10_000);
  expect(new Set(woken)).toEqual(new Set([name(900)]));
});

test('an edit of the pool has everybody looked at', async () => {
  await crowd(1_000, (at) => ({ count: at === 900 ? 1 : 64 }));
  free.set('games', 1);
  edit();
  await clock.advance(50);
  expect(woken).toEqual([name(900)]);
});

test('who waits for one number is woken by its release at once, and by no other', async () => {
  for (let at = 0; at < 500; at++) domain.write(20_000 + at, [claim(20_000 + at)]);
  await crowd(500, (at) => ({ number: 20_000 + at }));
  notify(CLUSTER);
  await clock.advance(10);
  planned = [];
  domain.write(20_333, []);
  notify(CLUSTER);
  await clock.advance(10);
  expect(woken).toEqual([name(333)]);
  expect(asksPlanned()).toBeLessThan(50);
});

test('all are woken soon when they would be refused for another reason than before', async () => {
  await crowd(300);
  otherwise.set('games', 'PoolNotReady');
  edit();
  await clock.advance(1_000);
  expect(new Set(woken).size).toBe(300);
});

test('one that was woken in vain is left alone for a while, and tried again', async () => {
  await crowd(1);
  free.set('games', 1);
  for (let write = 0; write < 200; write++) {
    const before = woken.length;
    notify(CLUSTER);
    await clock.advance(10);
    // The prediction was wrong: it is refused again.
    if (woken.length > before) wait(name(0));
  }
  expect(woken.length).toBeLessThan(10);
  await clock.advance(10_000);
  expect(woken.length).toBeGreaterThan(1);
});

test('the event loop is kept for no longer than a turn, and for half of the time at most', async () => {
  await crowd(2_000);
  cost = 0.5;
  const before = clock.worked;
  const turns: number[] = [];
  const schedule = clock.schedule.bind(clock);
  clock.schedule = (delayMs, task) =>
    schedule(delayMs, () => {
      const began = clock.worked;
      task();
      turns.push(clock.worked - began);
    });
  edit();
  for (let write = 0; write < 100; write++) {
    notify(CLUSTER);
    await clock.advance(10);
  }
  expect(clock.worked - before).toBeGreaterThanOrEqual(1_000);
  // One slice more than a turn.
  expect(Math.max(...turns)).toBeLessThanOrEqual(10 + 16 * cost);
});
