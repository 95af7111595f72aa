import type { Clock } from '../base/clock.ts';
import type { RefusalReason } from '../core/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Allocator } from './allocator.ts';
import type { Ask } from './ask.ts';
import type { Pools } from './pools.ts';

/** Changes that come this close together, in milliseconds, are looked at once. */
const SETTLE_MS = 5;

/** A waiter that was woken is left alone for this long, in milliseconds. */
const REST_MS = 500;

interface Waiter {
  readonly ask: Ask;
  /** Why it was refused. */
  readonly reason: RefusalReason;
  readonly since: string;
  readonly wake: () => void;
}

/**
 * Who was refused for want of room, and is to be told when that changes: by a release, the end of a cooldown, or an
 * edit of a pool. Wakes the oldest first, and only those whose asks would be met together; and those who would be
 * refused for another reason than before, so that what they are told stays true.
 */
export class WaitingRoom implements Disposable {
  readonly #allocator: Allocator;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #waiters = new Map<string, Waiter>();
  readonly #wokenAt = new Map<string, number>();
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
    this.#wokenAt.delete(key);
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
    const waiters = [...this.#waiters].sort(([, left], [, right]) => left.since.localeCompare(right.since));
    const foreseen = this.#allocator.foresee(waiters.map(([, { ask }]) => ask));
    const now = this.#clock.monotonic();
    for (const [at, [key, { reason, wake }]] of waiters.entries()) {
      if (foreseen[at] === reason) continue;
      // Foresight may be wrong, and an attempt is a change that is looked at again: without a rest it would go round.
      if (now - (this.#wokenAt.get(key) ?? -Infinity) < REST_MS) this.#lookIn(REST_MS);
      else {
        this.#wokenAt.set(key, now);
        wake();
      }
    }
    this.#lookAtNextExpiry();
  }

  #lookAtNextExpiry(): void {
    const next = this.#ledger.nextExpiry;
    if (Number.isFinite(next)) this.#lookIn(Math.max(SETTLE_MS, next * 1000 - this.#clock.now()));
  }
}
