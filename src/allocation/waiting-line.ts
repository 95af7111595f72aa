import type { RefusalReason } from '../core/index.ts';
import type { DomainKey } from '../ledger/index.ts';
import { domainOf } from './allocator.ts';
import type { Ask } from './ask.ts';

/** Somebody who was refused. */
export interface Waiter {
  readonly ask: Ask;
  /** Why it was refused. */
  readonly reason: RefusalReason;
  /** Orders waiters: those with a lesser one come first. */
  readonly since: string;
  readonly wake: () => void;
}

/** A waiter's place. */
export interface Place {
  readonly key: string;
  readonly waiter: Waiter;
  readonly group: Group;
  /** When it is looked at whatever happens, on the monotonic clock. */
  dueAt: number;
  /** How often in a row it was looked at in vain. */
  vain: number;
  /** Whether it was woken since it came to this place. */
  wasWoken: boolean;
  /** How often in a row it was woken and refused as before. */
  readonly mistaken: number;
  /** Until when it isn't woken, because it was woken by mistake. */
  readonly restsUntil: number;
}

/** Those who wait for the same: of whom none behind the first few is helped where these aren't, as a rule. */
export interface Group {
  readonly name: string;
  readonly domain: DomainKey;
  /** The one number that each of them wants, where they want just one. */
  readonly number: number | undefined;
  readonly places: Set<Place>;
  /** The oldest first; undefined when somebody came since it was made. */
  order: readonly Place[] | undefined;
  /** What stood in the way when they were looked at last: {@link number}'s claims, by identity. */
  obstacles: unknown;
}

/** Who waits, by what for. Nothing here looks at more than one group at a time. */
export class WaitingLine {
  readonly #places = new Map<string, Place>();
  readonly #groups = new Map<DomainKey, Map<string, Group>>();

  get size(): number {
    return this.#places.size;
  }

  /** Everybody, in no order. */
  places(): Iterable<Place> {
    return this.#places.values();
  }

  domains(): Iterable<DomainKey> {
    return this.#groups.keys();
  }

  groupsIn(domain: DomainKey): Iterable<Group> {
    return this.#groups.get(domain)?.values() ?? [];
  }

  find(key: string): Place | undefined {
    return this.#places.get(key);
  }

  /** Whether `place` is still taken: a waiter that waits for something else has another one. */
  has(place: Place): boolean {
    return this.#places.get(place.key) === place;
  }

  /** Puts `waiter` where those are who wait for the same. */
  put(key: string, waiter: Waiter, more: Pick<Place, 'dueAt' | 'vain' | 'mistaken' | 'restsUntil'>): void {
    this.delete(key);
    const domain = domainOf(waiter.ask);
    const groups = this.#groups.get(domain) ?? new Map<string, Group>();
    this.#groups.set(domain, groups);
    const { name, number } = aimOf(waiter);
    const group: Group = groups.get(name) ?? {
      name,
      domain,
      number,
      places: new Set(),
      order: undefined,
      obstacles: undefined,
    };
    groups.set(name, group);
    const place: Place = { key, waiter, group, ...more, wasWoken: false };
    group.places.add(place);
    group.order = undefined;
    this.#places.set(key, place);
  }

  delete(key: string): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    const { group } = place;
    this.#places.delete(key);
    group.places.delete(place);
    // Many of those in the list have left.
    if (group.order !== undefined && group.order.length > 2 * group.places.size) group.order = undefined;
    if (group.places.size > 0) return;
    const groups = this.#groups.get(group.domain);
    groups?.delete(group.name);
    if (groups?.size === 0) this.#groups.delete(group.domain);
  }

  /** Those of `group`, the oldest first; some may have left since. */
  inOrder(group: Group): readonly Place[] {
    group.order ??= [...group.places].sort(olderFirst);
    return group.order;
  }
}

/** The oldest first. */
export function olderFirst({ waiter: left }: Place, { waiter: right }: Place): number {
  return left.since < right.since ? -1 : Number(left.since > right.since);
}

/** What `waiter` waits for: room in a pool, one number, or what its namespace may have. */
function aimOf({ ask, reason }: Waiter): { readonly name: string; readonly number: number | undefined } {
  const { poolName = '', ports, holder } = ask;
  const [first] = ports;
  const number = ports.length === 1 && first?.count === 1 ? first.number : undefined;
  const isOfNamespace = reason === 'QuotaExceeded' || reason === 'NamespaceNotAllowed';
  const more = reason === 'PortHeld' && number !== undefined ? ` ${number}` : '';
  return {
    name: `${reason} ${poolName}${isOfNamespace ? ` ${holder.namespace}` : ''}${more}`,
    number: more === '' ? undefined : number,
  };
}
