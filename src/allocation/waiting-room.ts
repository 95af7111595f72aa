import type { Clock } from '../base/clock.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Allocator } from './allocator.ts';
import type { Ask } from './ask.ts';
import type { Pools } from './pools.ts';

/** Changes that come this close together, in milliseconds, are looked at once. */
const SETTLE_MS = 5;

interface Waiter {
  readonly ask: Ask;
  readonly since: string;
  readonly wake: () => void;
}

/**
 * Who was refused for want of room, and is to be told when that changes: by a release, the end of a cooldown, or an
 * edit of a pool. Wakes the oldest first, and only those whose asks would be met together.
 */
export class WaitingRoom implements Disposable {
  readonly #allocator: Allocator;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #waiters = new Map<string, Waiter>();
  readonly #subscriptions: readonly Disposable[];
  #look: Disposable | undefined;
  #nextLookAt = Infinity;

  constructor(parts: { allocator: Allocator; ledger: Ledger; pools: Pools; clock: Clock }) {
    this.#allocator = parts.allocator;
    this.#ledger = parts.ledger;
    this.#clock = parts.clock;
    this.#subscriptions = [parts.ledger.subscribe(() => this.lookSoon()), parts.pools.subscribe(() => this.lookSoon())];
  }

  /** How many wait. */
  get size(): number {
    return this.#waiters.size;
  }

  /** Lets `key` wait, or wait for something else than before. `since` orders waiters: earlier ones come first. */
  wait(key: string, waiter: Waiter): void {
    this.#waiters.set(key, waiter);
    this.#lookAtNextExpiry();
  }

  /** `key` waits no longer. */
  leave(key: string): void {
    this.#waiters.delete(key);
  }

  /** Looks soon whether somebody is helped: for changes that the room doesn't see itself. */
  lookSoon(): void {
    this.#lookIn(SETTLE_MS);
  }

  [Symbol.dispose](): void {
    this.#look?.[Symbol.dispose]();
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #lookIn(delayMs: number): void {
    const at = this.#clock.monotonic() + delayMs;
    if (this.#waiters.size === 0 || at >= this.#nextLookAt) return;
    this.#look?.[Symbol.dispose]();
    this.#nextLookAt = at;
    this.#look = this.#clock.schedule(delayMs, () => this.#wakeThoseHelped());
  }

  #wakeThoseHelped(): void {
    this.#nextLookAt = Infinity;
    const waiters = [...this.#waiters.values()].sort((left, right) => left.since.localeCompare(right.since));
    const fits = this.#allocator.wouldFit(waiters.map(({ ask }) => ask));
    waiters.filter((_, at) => fits[at]).forEach(({ wake }) => wake());
    this.#lookAtNextExpiry();
  }

  #lookAtNextExpiry(): void {
    const next = this.#ledger.nextExpiry;
    if (Number.isFinite(next)) this.#lookIn(Math.max(SETTLE_MS, next * 1000 - this.#clock.now()));
  }
}
