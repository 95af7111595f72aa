import type { Clock } from '../base/clock.ts';
import type { Changes } from '../core/index.ts';
import { EVERYWHERE } from '../ledger/index.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';
import type { Allocator } from './allocator.ts';
import type { Pools } from './pools.ts';
import { WaitingLine, topics } from './waiting-line.ts';
import type { Group, Place, Waiter } from './waiting-line.ts';
import { AwakeWaiters, slicesOf } from './wake-limits.ts';

/** Changes within this time, in milliseconds, are handled together. */
const SETTLE_MS = 5;

/** How long a waiter isn't tried again at least, in milliseconds; doubled with each attempt in vain. */
const REST_MS = 500;

/** The longest time between two attempts with a waiter, in milliseconds, however often it was tried in vain. */
const LONGEST_REST_MS = 8_000;

/** How often waiters that are due are looked up, in milliseconds. */
const ROUND_MS = 1_000;

/** How long the event loop is used in one turn, in milliseconds. */
const TURN_MS = 10;

/** If more numbers than these change at once, all waiters of their domain are tried. */
const MANY_NUMBERS = 1_024;

/** Yields waiters to be tried, and receives whether any of them was woken. */
type Walk = Generator<readonly Place[], void, boolean>;

/**
 * Refused requests wait here until a change may help them: a release, the end of a cooldown, or an edit of a pool.
 * Wakes the oldest first, and only requests that could be met together. It also wakes a request that would be refused
 * for another reason than before, so that the condition of its object stays true.
 * 1. A change has the first few of the waiters tried that wait for it, and more of them as long as that helps, but no
 *    other waiter.
 * 2. A waiter that is passed over in this way is tried by itself, after {@link LONGEST_REST_MS} at the latest.
 * 3. However many requests wait, the event loop is used for {@link TURN_MS} at a time, and for less than half of the
 *    time.
 */
export class PendingRequests implements Disposable {
  readonly #allocator: Pick<Allocator, 'dryRunAll'>;
  readonly #ledger: Pick<Ledger, 'expire' | 'nextExpiry' | 'subscribe'>;
  readonly #pools: Pick<Pools, 'findDefault' | 'subscribe' | 'with'>;
  readonly #clock: Clock;
  readonly #line = new WaitingLine();
  /** Groups that wait for something that changed since they were tried. */
  readonly #touched = new Set<Group>();
  readonly #awake = new AwakeWaiters();
  readonly #subscriptions: readonly Disposable[];
  #timer: Disposable | undefined;
  #nextLookAt = Infinity;
  #walk: Walk | undefined;
  #spentMs = 0;
  #notBefore = 0;

  constructor(parts: {
    allocator: Pick<Allocator, 'dryRunAll'>;
    ledger: Pick<Ledger, 'expire' | 'nextExpiry' | 'subscribe'>;
    pools: Pick<Pools, 'findDefault' | 'subscribe' | 'with'>;
    clock: Clock;
  }) {
    this.#allocator = parts.allocator;
    this.#ledger = parts.ledger;
    this.#pools = parts.pools;
    this.#clock = parts.clock;
    this.#subscriptions = [
      parts.ledger.subscribe((domain, changes) => this.#onLedger(domain, changes)),
      parts.pools.subscribe((node) => (node === undefined ? this.#onPools() : this.lookAtNode(node))),
    ];
  }

  /** How many requests wait. */
  get size(): number {
    return this.#line.size;
  }

  /** Lets `key` wait, or wait for something else than before. */
  wait(key: string, waiter: Waiter): void {
    const now = this.#clock.monotonic();
    const before = this.#line.find(key);
    if (before !== undefined) this.#awake.delete(before);
    // A prediction may be wrong, and an attempt is itself a change that has waiters tried: without a rest this would be
    // an endless loop.
    const isMistaken = before?.wasWoken === true && before.waiter.reason === waiter.reason;
    const mistaken = isMistaken ? before.mistaken + 1 : 0;
    const restsUntil = isMistaken ? now + restOf(before.mistaken) : (before?.restsUntil ?? 0);
    const dueAt = Math.max(restsUntil, now + REST_MS);
    this.#line.put(key, waiter, dueAt, { failedTries: before?.failedTries ?? 0, mistaken, restsUntil });
    this.#lookIn(this.#untilNext());
  }

  /** Lets `key` wait no longer. */
  leave(key: string): void {
    const place = this.#line.find(key);
    if (place !== undefined) this.#awake.delete(place);
    this.#line.delete(key);
  }

  /** Tries soon the waiters for numbers of a node: the node came, or its kernel uses other numbers. */
  lookAtNode(node: string): void {
    this.#touch(this.#line.groupsIn(node));
  }

  /** Tries soon the waiters that may be helped by the labels of a namespace. */
  lookAtNamespace(namespace: string): void {
    this.#touch(this.#line.groupsOn(topics.namespace(namespace)));
  }

  /** Tries soon the waiters for the quota of a namespace in a pool. */
  lookAtQuota(pool: string, namespace: string): void {
    for (const name of this.#namesOf([pool])) this.#touch(this.#line.groupsOn(topics.quota(name, namespace)));
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #onPools(): void {
    // A pool changes rarely, and any waiter may be helped.
    this.#line.setAllDue(this.#clock.monotonic());
    this.#lookIn(SETTLE_MS);
  }

  #onLedger(domain: DomainKey | typeof EVERYWHERE, changes: Changes): void {
    if (this.#line.size === 0) return;
    const domains = domain === EVERYWHERE ? [...this.#line.domains()] : [domain];
    for (const each of domains) {
      if (changes.size > MANY_NUMBERS) this.#touch(this.#line.groupsIn(each));
      else for (const number of changes.keys()) this.#touchNumber(each, number);
    }
    let last = '';
    for (const before of changes.values()) {
      for (const { pool, holder } of before) {
        const topic = topics.quota(pool, holder.namespace);
        if (topic !== last) this.lookAtQuota(pool, holder.namespace);
        last = topic;
      }
    }
  }

  #touchNumber(domain: DomainKey, number: number): void {
    this.#touch(this.#line.groupsOn(topics.number(domain, number)));
    for (const name of this.#namesOf(this.#pools.with(number))) {
      this.#touch(this.#line.groupsOn(topics.room(domain, name)));
    }
  }

  /** The names under which waiters know `pools`. */
  #namesOf(pools: readonly string[]): readonly string[] {
    const standard = this.#pools.findDefault()?.name;
    return standard !== undefined && pools.includes(standard) ? [...pools, ''] : pools;
  }

  #touch(groups: Iterable<Group>): void {
    const before = this.#touched.size;
    for (const group of groups) this.#touched.add(group);
    if (this.#touched.size > before) this.#lookIn(SETTLE_MS);
  }

  #lookIn(delayMs: number): void {
    const now = this.#clock.monotonic();
    const at = Math.max(now + delayMs, this.#notBefore);
    if (this.#walk !== undefined || this.#line.size === 0 || at >= this.#nextLookAt) return;
    this.#timer?.[Symbol.dispose]();
    this.#nextLookAt = at;
    this.#timer = this.#clock.schedule(at - now, () => this.#begin());
  }

  #begin(): void {
    this.#nextLookAt = Infinity;
    this.#spentMs = 0;
    this.#walk = this.#walkThrough();
    // Waiters that are helped by a cooldown or reservation that ends here are part of this walk.
    if (this.#ledger.nextExpiry * 1000 <= this.#clock.now()) this.#ledger.expire();
    this.#turn(false);
  }

  /** Continues the walk for one turn of the event loop. */
  #turn(wokeSomebody: boolean): void {
    const began = this.#clock.monotonic();
    let woke = wokeSomebody;
    for (;;) {
      const next = this.#walk?.next(woke);
      const spent = this.#clock.monotonic() - began;
      if (next === undefined || next.done === true) return this.#end(spent);
      woke = this.#lookAt(next.value);
      if (this.#clock.monotonic() - began < TURN_MS) continue;
      this.#spentMs += this.#clock.monotonic() - began;
      const carried = woke;
      this.#timer = this.#clock.schedule(0, () => this.#turn(carried));
      return;
    }
  }

  #end(spentMs: number): void {
    this.#walk = undefined;
    this.#notBefore = this.#clock.monotonic() + this.#spentMs + spentMs;
    this.#lookIn(this.#touched.size > 0 && !this.#awake.isFull ? SETTLE_MS : this.#untilNext());
  }

  *#walkThrough(): Walk {
    this.#awake.forget(REST_MS, this.#clock.monotonic());
    for (const group of [...this.#touched]) {
      if (this.#awake.isFull) return;
      this.#touched.delete(group);
      yield* this.#walkGroup(group);
    }
    for (const slice of slicesOf(this.#line.dueBy(this.#clock.monotonic()))) {
      if (this.#awake.isFull) return;
      yield slice;
    }
  }

  *#walkGroup(group: Group): Walk {
    for (const slice of slicesOf(this.#line.inOrder(group))) {
      if (this.#awake.isFull) {
        this.#touched.add(group);
        return;
      }
      const isOfUse = yield slice;
      if (!isOfUse) return;
    }
  }

  /** Wakes those of `places` that would be met, and returns whether any was woken. */
  #lookAt(places: readonly Place[]): boolean {
    const began = this.#clock.monotonic();
    const isReady = (place: Place): boolean =>
      this.#line.has(place) && !this.#awake.has(place) && place.restsUntil <= began;
    const present = places.filter(isReady);
    if (present.length === 0) return true;
    const awake = this.#awake.places();
    const predicted = this.#allocator.dryRunAll([...awake, ...present].map(({ waiter }) => waiter.ask));
    const now = this.#clock.monotonic();
    let woke = false;
    for (const [at, place] of present.entries()) {
      const { waiter } = place;
      const reason = predicted[awake.length + at];
      if (reason === waiter.reason) place.failedTries++;
      this.#line.setDue(place, now + restOf(place.failedTries));
      if (reason === waiter.reason) continue;
      woke = true;
      place.wasWoken = true;
      if (reason === undefined) this.#awake.add(place, now);
      waiter.wake();
    }
    return woke;
  }

  /** The time until the next look that no change causes, in milliseconds. */
  #untilNext(): number {
    const { nextExpiry } = this.#ledger;
    const untilExpiry = Number.isFinite(nextExpiry) ? nextExpiry * 1000 - this.#clock.now() : ROUND_MS;
    return Math.max(SETTLE_MS, Math.min(ROUND_MS, untilExpiry, this.#awake.size === 0 ? ROUND_MS : REST_MS));
  }
}

/** How long a waiter that was tried so often in vain isn't tried again, in milliseconds. */
function restOf(failedTries: number): number {
  return Math.min(LONGEST_REST_MS, REST_MS * 2 ** Math.min(failedTries, 10));
}
