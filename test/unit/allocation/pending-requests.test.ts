import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { CLUSTER, PendingRequests } from '../../../src/allocation/index.ts';
import type { Ask } from '../../../src/allocation/index.ts';
import { Domain } from '../../../src/core/index.ts';
import type { RefusalReason } from '../../../src/core/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { allocation, claim, tcp } from '../core/make.ts';

/** Planning takes time here, of which the clock knows. */
class WorkingClock extends FakeClock {
  worked = 0;
  override monotonic(): number {
    return super.monotonic() + this.worked;
  }
}

/** A number that the pool `games` hands out, and the first of those that another does. */
const OF_GAMES = 20_000;
const OF_OTHERS = 40_000;

let clock: WorkingClock;
let room: PendingRequests;
let domain: Domain;
/** Free numbers by pool, and what a pool refuses with instead. */
let free: Map<string, number>;
let otherwise: Map<string, RefusalReason>;
/** What was planned, each time. */
let planned: string[][];
let woken: string[];
/** The ledger tells of what a test wrote, or that something became free in the pool `games`. */
let tell: (domain: string) => void;
let edit: () => void;
/** Milliseconds that the plan of one ask takes. */
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
  room = new PendingRequests({
    allocator: { dryRunAll },
    ledger: {
      expire: () => undefined,
      nextExpiry: Infinity,
      subscribe: (listener) => {
        tell = (key) => {
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
  room[Symbol.dispose]();
});

interface Wish {
  readonly pool?: string;
  readonly count?: number;
  readonly number?: number;
}

function wait(name: string, { pool = 'games', count = 1, number }: Wish = {}): void {
  const port = tcp('a', { count, ...(number === undefined ? {} : { number }) });
  const ask: Ask = { holder: allocation(name), poolName: pool, ports: [port] };
  const reason = number === undefined ? 'PoolExhausted' : 'PortHeld';
  room.wait(name, { ask, reason, since: name, wake: () => woken.push(name) });
}

/** Names in the order of age. */
const name = (at: number): string => `w${String(at).padStart(5, '0')}`;

/** Lets so many wait, and time pass until all of them have been looked at now and then. */
async function crowd(size: number, wish: (at: number) => Wish = () => ({})): Promise<void> {
  for (let at = size - 1; at >= 0; at--) wait(name(at), wish(at));
  await clock.advance(40_000);
  expect(room.size).toBe(size);
  planned = [];
}

const asksPlanned = (): number => planned.reduce((sum, each) => sum + each.length, 0);

test('a write that helps nobody has a few looked at, however many wait', async () => {
  await crowd(10_000);
  // In the moments in which nobody is due.
  const before = asksPlanned();
  for (let write = 0; write < 20; write++) {
    tell(CLUSTER);
    await clock.advance(5);
  }
  expect(asksPlanned() - before).toBeLessThan(20 * 16 + 200);
  expect(woken).toEqual([]);
});

test('a release wakes the oldest at once, and nobody else', async () => {
  await crowd(1_000);
  free.set('games', 1);
  tell(CLUSTER);
  await clock.advance(10);
  expect(woken).toEqual([name(0)]);
  tell(CLUSTER);
  await clock.advance(100);
  expect(woken).toEqual([name(0)]);
});

test('as many are let in as there is room for, the oldest first, each once', async () => {
  await crowd(1_000);
  free.set('games', 300);
  tell(CLUSTER);
  for (let round = 0; round < 100 && room.size > 700; round++) {
    await clock.advance(20);
    for (const key of woken.filter((_, at) => at >= 1_000 - room.size)) {
      free.set('games', (free.get('games') ?? 0) - 1);
      room.leave(key);
      tell(CLUSTER);
    }
  }
  await clock.advance(20_000);
  expect(woken).toEqual(Array.from({ length: 300 }, (_, at) => name(at)));
});

test('one behind those who want more than there is is served within seconds', async () => {
  await crowd(1_000, (at) => ({ count: at === 900 ? 1 : 64 }));
  free.set('games', 1);
  tell(CLUSTER);
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
  tell(CLUSTER);
  await clock.advance(10);
  planned = [];
  domain.write(20_333, []);
  tell(CLUSTER);
  await clock.advance(10);
  expect(woken).toEqual([name(333)]);
  expect(asksPlanned()).toBeLessThan(50);
});

test('all are told soon that something else is in their way than before', async () => {
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
    tell(CLUSTER);
    await clock.advance(10);
    // It was foreseen wrongly: it is refused again.
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
    tell(CLUSTER);
    await clock.advance(10);
  }
  expect(clock.worked - before).toBeGreaterThanOrEqual(1_000);
  // A slice more than a turn.
  expect(Math.max(...turns)).toBeLessThanOrEqual(10 + 16 * cost);
});
