import type { Clock } from '../base/clock.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';
import type { Allocator } from './allocator.ts';
import type { Pools } from './pools.ts';
import { WaitingLine, olderFirst } from './waiting-line.ts';
import type { Group, Place, Waiter } from './waiting-line.ts';

/** Changes that come this close together, in milliseconds, are looked at once. */
const SETTLE_MS = 5;

/** A waiter that was woken is left alone for this long, in milliseconds. */
const REST_MS = 500;

/** One that was looked at in vain again and again is looked at this often, in milliseconds, whatever happens. */
const SELDOM_MS = 8_000;

/** How often those are found whose time it is, in milliseconds. */
const ROUND_MS = 1_000;

/** Waiters that are planned together: of a group so many are tried before the rest counts as not helped either. */
const SLICE = 16;

/** How long the event loop is kept, in milliseconds. */
const TURN_MS = 10;

/** So many may be awake at once, and not served yet: all of them are planned for before the next one. */
const MOST_AWAKE = 128;

/** Yields waiters that are to be looked at, and is told whether any of those was woken. */
type Walk = Generator<readonly Place[], void, boolean>;

/**
 * Who was refused for want of room, and is to be told when that changes: by a release, the end of a cooldown, or an
 * edit of a pool. Wakes the oldest first, and only those whose asks would be met together; and those who would be
 * refused for another reason than before, so that what they are told stays true.
 *
 * 1. A change has the first few of those looked at who wait for something there, and more as long as it helps.
 * 2. Whoever is passed over so is looked at by itself, after {@link SELDOM_MS} at the latest.
 * 3. However many wait, the event loop is kept for {@link TURN_MS} at a time, and less than half of all time.
 */
export class WaitingRoom implements Disposable {
  readonly #allocator: Pick<Allocator, 'foresee'>;
  readonly #ledger: Pick<Ledger, 'domain' | 'expire' | 'nextExpiry' | 'subscribe'>;
  readonly #clock: Clock;
  readonly #line = new WaitingLine();
  /** Domains where something changed since they were looked at. */
  readonly #touched = new Set<DomainKey>();
  /** Those who were woken and aren't served yet, with when; the oldest first. */
  readonly #awake = new Map<Place, number>();
  readonly #subscriptions: readonly Disposable[];
  #timer: Disposable | undefined;
  #nextLookAt = Infinity;
  #walk: Walk | undefined;
  #spentMs = 0;
  #notBefore = 0;

  constructor(parts: {
    allocator: Pick<Allocator, 'foresee'>;
    ledger: Pick<Ledger, 'domain' | 'expire' | 'nextExpiry' | 'subscribe'>;
    pools: Pick<Pools, 'subscribe'>;
    clock: Clock;
  }) {
    this.#allocator = parts.allocator;
    this.#ledger = parts.ledger;
    this.#clock = parts.clock;
    this.#subscriptions = [
      parts.ledger.subscribe((domain) => this.#touch([domain])),
      parts.pools.subscribe((node) => (node === undefined ? this.#onPools() : this.#touch([node]))),
    ];
  }

  /** How many wait. */
  get size(): number {
    return this.#line.size;
  }

  /** Lets `key` wait, or wait for something else than before. */
  wait(key: string, waiter: Waiter): void {
    const now = this.#clock.monotonic();
    const before = this.#line.find(key);
    if (before !== undefined) this.#awake.delete(before);
    // Foresight may be wrong, and an attempt is a change that is looked at again: without a rest it would go round.
    const isMistaken = before?.wasWoken === true && before.waiter.reason === waiter.reason;
    const mistaken = isMistaken ? before.mistaken + 1 : 0;
    const restsUntil = isMistaken ? now + restOf(before.mistaken) : (before?.restsUntil ?? 0);
    const dueAt = Math.max(restsUntil, now + REST_MS);
    this.#line.put(key, waiter, { vain: before?.vain ?? 0, mistaken, restsUntil, dueAt });
    this.#lookIn(this.#untilNext());
  }

  /** `key` waits no longer. */
  leave(key: string): void {
    const place = this.#line.find(key);
    if (place !== undefined) this.#awake.delete(place);
    this.#line.delete(key);
  }

  /** Looks soon whether somebody is helped: for changes that the room doesn't see itself. */
  lookSoon(): void {
    this.#touch(this.#line.domains());
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #onPools(): void {
    // Rare, and of help to anybody.
    for (const place of this.#line.places()) place.dueAt = Math.min(place.dueAt, this.#clock.monotonic());
    this.lookSoon();
  }

  #touch(domains: Iterable<DomainKey>): void {
    if (this.#line.size === 0) return;
    for (const domain of domains) this.#touched.add(domain);
    this.#lookIn(SETTLE_MS);
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
    if (this.#ledger.nextExpiry * 1000 <= this.#clock.now()) {
      this.#ledger.expire();
      for (const domain of this.#line.domains()) this.#touched.add(domain);
    }
    this.#spentMs = 0;
    this.#walk = this.#walkThrough();
    this.#turn(false);
  }

  /** Goes on with the walk for one turn of the event loop. */
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
    this.#lookIn(this.#touched.size > 0 && this.#awake.size < MOST_AWAKE ? SETTLE_MS : this.#untilNext());
  }

  *#walkThrough(): Walk {
    this.#forgetAwake();
    for (const domain of [...this.#touched]) {
      if (this.#awake.size >= MOST_AWAKE) return;
      this.#touched.delete(domain);
      for (const group of [...this.#line.groupsIn(domain)]) yield* this.#walkGroup(group);
    }
    const now = this.#clock.monotonic();
    const due = [...this.#line.places()].filter(({ dueAt }) => dueAt <= now).sort(olderFirst);
    for (let at = 0; at < due.length && this.#awake.size < MOST_AWAKE; at += SLICE) yield due.slice(at, at + SLICE);
  }

  *#walkGroup(group: Group): Walk {
    if (!this.#hasChanged(group)) return;
    const places = this.#line.inOrder(group);
    for (let at = 0; at < places.length; at += SLICE) {
      if (this.#awake.size >= MOST_AWAKE) {
        group.obstacles = undefined;
        this.#touched.add(group.domain);
        return;
      }
      const isOfUse = yield places.slice(at, at + SLICE);
      if (!isOfUse) return;
    }
  }

  /** Of those who want one number: whether anything is new there. */
  #hasChanged(group: Group): boolean {
    if (group.number === undefined) return true;
    const domain = this.#ledger.domain(group.domain);
    const observed = domain.observedOn(group.number);
    const obstacles = observed.length === 0 ? domain.claimsOn(group.number) : undefined;
    if (obstacles !== undefined && obstacles === group.obstacles) return false;
    group.obstacles = obstacles;
    return true;
  }

  /** Wakes those of `places` who are helped, and says whether anybody was. */
  #lookAt(places: readonly Place[]): boolean {
    const began = this.#clock.monotonic();
    const isReady = (place: Place): boolean =>
      this.#line.has(place) && !this.#awake.has(place) && place.restsUntil <= began;
    const present = places.filter(isReady);
    if (present.length === 0) return true;
    const awake = [...this.#awake.keys()];
    const foreseen = this.#allocator.foresee([...awake, ...present].map(({ waiter }) => waiter.ask));
    const now = this.#clock.monotonic();
    let woke = false;
    for (const [at, place] of present.entries()) {
      const { waiter } = place;
      const reason = foreseen[awake.length + at];
      if (reason === waiter.reason) place.vain++;
      place.dueAt = now + restOf(place.vain);
      if (reason === waiter.reason) continue;
      woke = true;
      place.wasWoken = true;
      if (reason === undefined) this.#awake.set(place, now);
      waiter.wake();
    }
    return woke;
  }

  /** Who was woken and isn't served after a rest takes no room any longer from those behind. */
  #forgetAwake(): void {
    const now = this.#clock.monotonic();
    for (const [place, since] of this.#awake) if (now - since >= REST_MS) this.#awake.delete(place);
  }

  /** Until something may happen by itself. */
  #untilNext(): number {
    const { nextExpiry } = this.#ledger;
    const untilExpiry = Number.isFinite(nextExpiry) ? nextExpiry * 1000 - this.#clock.now() : ROUND_MS;
    return Math.max(SETTLE_MS, Math.min(ROUND_MS, untilExpiry, this.#awake.size === 0 ? ROUND_MS : REST_MS));
  }
}

function restOf(vain: number): number {
  return Math.min(SELDOM_MS, REST_MS * 2 ** Math.min(vain, 10));
}
