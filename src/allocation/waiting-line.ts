import type { DomainKey } from '../ledger/index.ts';
import { domainOf } from './ask.ts';
import type { Ask } from './ask.ts';
import { Multimap } from './multimap.ts';
import { aimOf } from './waiting-aim.ts';
import type { Aim, Wanting } from './waiting-aim.ts';

/** A refused request that waits. */
export interface Waiter extends Wanting {
  /** Orders waiters: a lesser value comes first. */
  readonly since: string;
  readonly wake: () => void;
}

/** A waiter's place in the line. */
export interface Place {
  readonly key: string;
  readonly waiter: Waiter;
  readonly group: Group;
  /** How often in a row it was tried in vain. */
  vain: number;
  /** Whether it was woken since it has this place. */
  wasWoken: boolean;
  /** How often in a row it was woken and then refused as before. */
  readonly mistaken: number;
  /** Until when it isn't woken, because it was woken by mistake. */
  readonly restsUntil: number;
}

/** Waiters that wait for the same changes: if a change doesn't help the first few, it rarely helps those behind them. */
export interface Group {
  readonly domain: DomainKey;
  readonly aim: Aim;
  readonly places: Set<Place>;
  /** The oldest first; undefined if a waiter joined since it was computed. */
  order: readonly Place[] | undefined;
}

/** The waiters, indexed by the changes they wait for: those that a change may help are found without a look at others. */
export class WaitingLine {
  readonly #places = new Map<string, Place>();
  readonly #groups = new Map<string, Group>();
  readonly #byDomain = new Multimap<DomainKey, Group>();
  readonly #byTopic = new Multimap<string, Group>();
  readonly #due = new DueTimes<Place>();

  get size(): number {
    return this.#places.size;
  }

  domains(): Iterable<DomainKey> {
    return this.#byDomain.keys();
  }

  /** All waiters in `domain`. */
  groupsIn(domain: DomainKey): Iterable<Group> {
    return this.#byDomain.of(domain);
  }

  /** The waiters for a topic of `topics`, in any domain. */
  groupsOn(topic: string): Iterable<Group> {
    return this.#byTopic.of(topic);
  }

  find(key: string): Place | undefined {
    return this.#places.get(key);
  }

  /** Whether `place` is still valid: a waiter that waits for something else has another place. */
  has(place: Place): boolean {
    return this.#places.get(place.key) === place;
  }

  /** Adds `waiter` to those that wait for the same. */
  put(key: string, waiter: Waiter, dueAt: number, more: Pick<Place, 'vain' | 'mistaken' | 'restsUntil'>): void {
    this.delete(key);
    const group = this.#groupFor(domainOf(waiter.ask), aimOf(waiter));
    const place: Place = { key, waiter, group, ...more, wasWoken: false };
    group.places.add(place);
    group.order = undefined;
    this.#places.set(key, place);
    this.#due.set(place, dueAt);
  }

  delete(key: string): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    const { group } = place;
    this.#places.delete(key);
    this.#due.delete(place);
    group.places.delete(place);
    // Most of the waiters in the list have left.
    if (group.order !== undefined && group.order.length > 2 * group.places.size) group.order = undefined;
    if (group.places.size > 0) return;
    this.#groups.delete(nameOf(group));
    this.#byDomain.delete(group.domain, group);
    for (const topic of group.aim.topics) this.#byTopic.delete(topic, group);
  }

  /** Has `place` tried at a time of the monotonic clock, whatever happens. */
  setDue(place: Place, at: number): void {
    if (this.has(place)) this.#due.set(place, at);
  }

  /** Has every waiter tried at `at` at the latest, a time of the monotonic clock. */
  setAllDue(at: number): void {
    for (const place of this.#places.values()) this.#due.set(place, Math.min(at, this.#due.of(place) ?? at));
  }

  /** The waiters that are due at `now`, the oldest first. */
  dueBy(now: number): readonly Place[] {
    return this.#due.by(now).sort(olderFirst);
  }

  /** The waiters of `group`, the oldest first; some may have left since. */
  inOrder(group: Group): readonly Place[] {
    group.order ??= [...group.places].sort(olderFirst);
    return group.order;
  }

  #groupFor(domain: DomainKey, aim: Aim): Group {
    const known = this.#groups.get(nameOf({ domain, aim }));
    if (known !== undefined) return known;
    const group: Group = { domain, aim, places: new Set(), order: undefined };
    this.#groups.set(nameOf(group), group);
    this.#byDomain.add(domain, group);
    for (const topic of aim.topics) this.#byTopic.add(topic, group);
    return group;
  }
}

/** How many numbers an ask is for. */
export function sizeOf({ ports }: Ask): number {
  let size = 0;
  for (const { count } of ports) size += count;
  return size;
}

/** Orders places: the oldest first. */
export function olderFirst({ waiter: left }: Place, { waiter: right }: Place): number {
  return left.since < right.since ? -1 : Number(left.since > right.since);
}

function nameOf({ domain, aim }: Pick<Group, 'domain' | 'aim'>): string {
  return `${domain} ${aim.name}`;
}

/** The resolution, in milliseconds: items that are due within it are found together. */
const GRAIN_MS = 100;

/** The times at which items are due. The cost of finding the items that are due doesn't grow with the others. */
export class DueTimes<T> {
  readonly #at = new Map<T, number>();
  readonly #bySlot = new Multimap<number, T>();

  /** When `item` is due, in milliseconds. */
  of(item: T): number | undefined {
    return this.#at.get(item);
  }

  set(item: T, at: number): void {
    this.delete(item);
    this.#at.set(item, at);
    this.#bySlot.add(slotOf(at), item);
  }

  /** Does nothing if `item` has no time. */
  delete(item: T): void {
    const at = this.#at.get(item);
    if (at === undefined) return;
    this.#at.delete(item);
    this.#bySlot.delete(slotOf(at), item);
  }

  /** The items that are due at `now`, in no order; they stay due until another time is set. */
  by(now: number): T[] {
    const due: T[] = [];
    for (const slot of this.#bySlot.keys()) {
      if (slot > slotOf(now)) continue;
      for (const item of this.#bySlot.of(slot)) if ((this.#at.get(item) ?? Infinity) <= now) due.push(item);
    }
    return due;
  }
}

function slotOf(at: number): number {
  return Math.floor(at / GRAIN_MS);
}
