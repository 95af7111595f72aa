import type { RefusalReason } from '../core/index.ts';
import type { DomainKey } from '../ledger/index.ts';
import { domainOf } from './ask.ts';
import type { Ask } from './ask.ts';
import { Multimap } from './multimap.ts';

/** A refused request, and the reason of the refusal. */
interface RefusedAsk {
  readonly ask: Ask;
  readonly reason: RefusalReason;
}

/** The changes that a refused request waits for. */
interface Awaited {
  /** Equal for requests of one domain that wait for the same. */
  readonly name: string;
  /** The changes that may help; see {@link topics}. Without any, only an edit of pools helps. */
  readonly topics: readonly string[];
}

/** A refused request that waits. */
export interface Waiter extends RefusedAsk {
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
  failedTries: number;
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
  readonly awaited: Awaited;
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
  put(key: string, waiter: Waiter, dueAt: number, more: Pick<Place, 'failedTries' | 'mistaken' | 'restsUntil'>): void {
    this.delete(key);
    const group = this.#groupFor(domainOf(waiter.ask), awaitedBy(waiter));
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
    for (const topic of group.awaited.topics) this.#byTopic.delete(topic, group);
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

  #groupFor(domain: DomainKey, awaited: Awaited): Group {
    const known = this.#groups.get(nameOf({ domain, awaited }));
    if (known !== undefined) return known;
    const group: Group = { domain, awaited, places: new Set(), order: undefined };
    this.#groups.set(nameOf(group), group);
    this.#byDomain.add(domain, group);
    for (const topic of awaited.topics) this.#byTopic.add(topic, group);
    return group;
  }
}

/** A request that names more numbers than these waits for room in its pool instead of for each number. */
const MOST_NUMBERS = 64;

/** The changes for which a request may wait. The pool without a name is the default one. */
export const topics = {
  number: (domain: DomainKey, number: number): string => `number ${domain} ${number}`,
  room: (domain: DomainKey, pool: string): string => `room ${domain} ${pool}`,
  quota: (pool: string, namespace: string): string => `quota ${pool} ${namespace}`,
  namespace: (namespace: string): string => `namespace ${namespace}`,
};

/**
 * What may help a request that was refused for this reason: a number, room in a pool, the quota of its namespace, or
 * the namespace's labels.
 */
export function awaitedBy({ ask, reason }: RefusedAsk): Awaited {
  const domain = domainOf(ask);
  const { poolName = '' } = ask;
  const { namespace } = ask.holder;
  const name = `${reason} ${poolName}`;
  switch (reason) {
    case 'QuotaExceeded':
      return { name: `${name} ${namespace}`, topics: [topics.quota(poolName, namespace)] };
    case 'NamespaceNotAllowed':
      return { name: `${name} ${namespace}`, topics: [topics.namespace(namespace)] };
    case 'PortHeld': {
      const numbers = certainNumbers(ask);
      if (numbers === undefined) return { name, topics: [topics.room(domain, poolName)] };
      return { name: `${name} ${numbers.join()}`, topics: numbers.map((number) => topics.number(domain, number)) };
    }
    case 'PoolExhausted':
      return { name, topics: [topics.room(domain, poolName)] };
    default:
      return { name, topics: [] };
  }
}

/** The numbers that `ask` names; undefined if it names none, or very many. */
function certainNumbers({ ports }: Ask): readonly number[] | undefined {
  const numbers = new Set<number>();
  for (const { number, count } of ports) {
    for (let at = 0; number !== undefined && at < count; at++) {
      numbers.add(number + at);
      if (numbers.size > MOST_NUMBERS) return undefined;
    }
  }
  return numbers.size === 0 ? undefined : [...numbers];
}

/** Orders places: the oldest first. */
export function olderFirst({ waiter: left }: Place, { waiter: right }: Place): number {
  return left.since < right.since ? -1 : Number(left.since > right.since);
}

function nameOf({ domain, awaited }: Pick<Group, 'domain' | 'awaited'>): string {
  return `${domain} ${awaited.name}`;
}

/** The resolution, in milliseconds: items that are due within it are found together. */
const GRAIN_MS = 100;

/** The times at which items are due. The cost of finding the items that are due doesn't grow with the others. */
class DueTimes<T> {
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
