import type { Clock } from '../base/clock.ts';
import type { Changes } from '../core/index.ts';
import { EVERYWHERE } from '../ledger/index.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';
import type { Allocator } from './allocator.ts';
import type { Pools } from './pools.ts';
import { topics } from './waiting-aim.ts';
import { WaitingLine, sizeOf } from './waiting-line.ts';
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

/** Of those who ask for many numbers fewer are planned together: no more than it takes to have asked for so many. */
const SLICE_NUMBERS = 1_024;

/** How long the event loop is kept, in milliseconds. */
const TURN_MS = 10;

/** So many may be awake at once, and not served yet: all of them are planned for before the next one. */
const MOST_AWAKE = 128;

/** Nor more than so many numbers, or those of one. */
const MOST_AWAKE_NUMBERS = 4_096;

/** Where more numbers than these change at once, everybody is looked at who waits in their domain. */
const MANY_NUMBERS = 1_024;

/** Yields waiters that are to be looked at, and is told whether any of those was woken. */
type Walk = Generator<readonly Place[], void, boolean>;

/**
 * Who was refused for want of room, and is to be told when that changes: by a release, the end of a cooldown, or an
 * edit of a pool. Wakes the oldest first, and only those whose asks would be met together; and those who would be
 * refused for another reason than before, so that what they are told stays true.
 *
 * 1. A change has the first few of those looked at who wait for what has changed, and more as long as it helps; nobody else.
 * 2. Whoever is passed over so is looked at by itself, after {@link SELDOM_MS} at the latest.
 * 3. However many wait, the event loop is kept for {@link TURN_MS} at a time, and less than half of all time.
 */
export class PendingRequests implements Disposable {
  readonly #allocator: Pick<Allocator, 'dryRunAll'>;
  readonly #ledger: Pick<Ledger, 'expire' | 'nextExpiry' | 'subscribe'>;
  readonly #pools: Pick<Pools, 'findDefault' | 'subscribe' | 'with'>;
  readonly #clock: Clock;
  readonly #line = new WaitingLine();
  /** Those for whom something changed since they were looked at. */
  readonly #touched = new Set<Group>();
  /** Those who were woken and aren't served yet, with when; the oldest first. */
  readonly #awake = new Map<Place, number>();
  #awakeNumbers = 0;
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

  /** How many wait. */
  get size(): number {
    return this.#line.size;
  }

  /** Lets `key` wait, or wait for something else than before. */
  wait(key: string, waiter: Waiter): void {
    const now = this.#clock.monotonic();
    const before = this.#line.find(key);
    if (before !== undefined) this.#sleep(before);
    // Foresight may be wrong, and an attempt is a change that is looked at again: without a rest it would go round.
    const isMistaken = before?.wasWoken === true && before.waiter.reason === waiter.reason;
    const mistaken = isMistaken ? before.mistaken + 1 : 0;
    const restsUntil = isMistaken ? now + restOf(before.mistaken) : (before?.restsUntil ?? 0);
    const dueAt = Math.max(restsUntil, now + REST_MS);
    this.#line.put(key, waiter, dueAt, { vain: before?.vain ?? 0, mistaken, restsUntil });
    this.#lookIn(this.#untilNext());
  }

  /** `key` waits no longer. */
  leave(key: string): void {
    const place = this.#line.find(key);
    if (place !== undefined) this.#sleep(place);
    this.#line.delete(key);
  }

  /** Looks soon whether somebody is helped who waits for numbers of a node: it came, or takes other numbers itself. */
  lookAtNode(node: string): void {
    this.#touch(this.#line.groupsIn(node));
  }

  /** Looks soon whether somebody is helped by the labels of a namespace. */
  lookAtNamespace(namespace: string): void {
    this.#touch(this.#line.groupsOn(topics.namespace(namespace)));
  }

  /** Looks soon whether somebody is helped who waits for what a namespace may have of a pool. */
  lookAtQuota(pool: string, namespace: string): void {
    for (const name of this.#namesOf([pool])) this.#touch(this.#line.groupsOn(topics.quota(name, namespace)));
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #onPools(): void {
    // Rare, and of help to anybody.
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

  /** `pools`, as those call them who wait. */
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
    // Who is told of it in this way is a part of the walk.
    if (this.#ledger.nextExpiry * 1000 <= this.#clock.now()) this.#ledger.expire();
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
    this.#lookIn(this.#touched.size > 0 && !this.#isFull ? SETTLE_MS : this.#untilNext());
  }

  *#walkThrough(): Walk {
    this.#forgetAwake();
    for (const group of [...this.#touched]) {
      if (this.#isFull) return;
      this.#touched.delete(group);
      yield* this.#walkGroup(group);
    }
    for (const slice of slicesOf(this.#line.dueBy(this.#clock.monotonic()))) {
      if (this.#isFull) return;
      yield slice;
    }
  }

  *#walkGroup(group: Group): Walk {
    for (const slice of slicesOf(this.#line.inOrder(group))) {
      if (this.#isFull) {
        this.#touched.add(group);
        return;
      }
      const isOfUse = yield slice;
      if (!isOfUse) return;
    }
  }

  /** Wakes those of `places` who are helped, and says whether anybody was. */
  #lookAt(places: readonly Place[]): boolean {
    const began = this.#clock.monotonic();
    const isReady = (place: Place): boolean =>
      this.#line.has(place) && !this.#awake.has(place) && place.restsUntil <= began;
    const present = places.filter(isReady);
    if (present.length === 0) return true;
    const awake = [...this.#awake.keys()];
    const foreseen = this.#allocator.dryRunAll([...awake, ...present].map(({ waiter }) => waiter.ask));
    const now = this.#clock.monotonic();
    let woke = false;
    for (const [at, place] of present.entries()) {
      const { waiter } = place;
      const reason = foreseen[awake.length + at];
      if (reason === waiter.reason) place.vain++;
      this.#line.setDue(place, now + restOf(place.vain));
      if (reason === waiter.reason) continue;
      woke = true;
      place.wasWoken = true;
      if (reason === undefined) this.#rouse(place, now);
      waiter.wake();
    }
    return woke;
  }

  /** Whether as many are awake as may be. */
  get #isFull(): boolean {
    return this.#awake.size >= MOST_AWAKE || this.#awakeNumbers >= MOST_AWAKE_NUMBERS;
  }

  #rouse(place: Place, now: number): void {
    this.#awake.set(place, now);
    this.#awakeNumbers += sizeOf(place.waiter.ask);
  }

  #sleep(place: Place): void {
    if (this.#awake.delete(place)) this.#awakeNumbers -= sizeOf(place.waiter.ask);
  }

  /** Who was woken and isn't served after a rest takes no room any longer from those behind. */
  #forgetAwake(): void {
    const now = this.#clock.monotonic();
    for (const [place, since] of this.#awake) if (now - since >= REST_MS) this.#sleep(place);
  }

  /** Until something may happen by itself. */
  #untilNext(): number {
    const { nextExpiry } = this.#ledger;
    const untilExpiry = Number.isFinite(nextExpiry) ? nextExpiry * 1000 - this.#clock.now() : ROUND_MS;
    return Math.max(SETTLE_MS, Math.min(ROUND_MS, untilExpiry, this.#awake.size === 0 ? ROUND_MS : REST_MS));
  }
}

/** `places` in parts that are planned together. */
function* slicesOf(places: readonly Place[]): Generator<readonly Place[]> {
  let slice: Place[] = [];
  let numbers = 0;
  for (const place of places) {
    const size = sizeOf(place.waiter.ask);
    if (slice.length === SLICE || (slice.length > 0 && numbers + size > SLICE_NUMBERS)) {
      yield slice;
      [slice, numbers] = [[], 0];
    }
    slice.push(place);
    numbers += size;
  }
  if (slice.length > 0) yield slice;
}

function restOf(vain: number): number {
  return Math.min(SELDOM_MS, REST_MS * 2 ** Math.min(vain, 10));
}
