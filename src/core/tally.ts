import type { Address } from './address.ts';
import type { Claim } from './claim.ts';
import { mayBorrow } from './conflict.ts';

/** How much of a pool a namespace has: pairs of a number and an address, however many claims are on each. */
export interface Holdings {
  readonly held: number;
  /** Those of them that are only reserved, for pods that nobody has seen; not what others had, and whose release has begun. */
  readonly unconfirmed: number;
}

const NOTHING: Holdings = { held: 0, unconfirmed: 0 };

/** A pair of number and address of a namespace in a pool. */
interface Unit {
  readonly namespace: string;
  readonly pool: string;
  readonly address: Address;
  readonly isConfirmed: boolean;
}

/**
 * What each namespace has of each pool in one domain, kept by what changes: nobody has to walk all claims for it. What
 * cools down isn't counted.
 */
export class Tally {
  readonly #byNamespace = new Map<string, Map<string, { held: number; unconfirmed: number }>>();

  /** To be told whenever the claims on a number changed. */
  change(before: readonly Claim[], after: readonly Claim[]): void {
    for (const unit of unitsOf(before)) this.#count(unit, -1);
    for (const unit of unitsOf(after)) this.#count(unit, 1);
  }

  /** What `namespace` has of `pool`. */
  of(namespace: string, pool: string): Holdings {
    return this.#byNamespace.get(namespace)?.get(pool) ?? NOTHING;
  }

  /** How much `namespace` has of each pool of which it has something. */
  heldBy(namespace: string): ReadonlyMap<string, number> {
    const held = new Map<string, number>();
    const pools = this.#byNamespace.get(namespace);
    if (pools !== undefined) for (const [pool, holdings] of pools) held.set(pool, holdings.held);
    return held;
  }

  /** The namespaces that have something, each with how much of `pool`. */
  *heldIn(pool: string): Generator<readonly [namespace: string, held: number]> {
    for (const [namespace, pools] of this.#byNamespace) {
      const held = pools.get(pool)?.held ?? 0;
      if (held > 0) yield [namespace, held];
    }
  }

  #count({ namespace, pool, isConfirmed }: Unit, by: 1 | -1): void {
    let pools = this.#byNamespace.get(namespace);
    if (pools === undefined) {
      pools = new Map<string, { held: number; unconfirmed: number }>();
      this.#byNamespace.set(namespace, pools);
    }
    let holdings = pools.get(pool);
    if (holdings === undefined) pools.set(pool, (holdings = { held: 0, unconfirmed: 0 }));
    holdings.held += by;
    if (!isConfirmed) holdings.unconfirmed += by;
    if (holdings.held > 0) return;
    pools.delete(pool);
    if (pools.size === 0) this.#byNamespace.delete(namespace);
  }
}

/** How much more than `before` a namespace has `after`, by pool; less than nothing where it has less. */
export function chargedBetween(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const charged = new Map<string, number>();
  for (const [pool, held] of after) {
    const more = held - (before.get(pool) ?? 0);
    if (more !== 0) charged.set(pool, more);
  }
  for (const [pool, held] of before) if (!after.has(pool)) charged.set(pool, -held);
  return charged;
}

/** What of `claims`, which are on one number, counts: one namespace's on one address count once. */
function unitsOf(claims: readonly Claim[]): Iterable<Unit> {
  const [first, second] = claims;
  if (first === undefined) return [];
  if (second === undefined) return isCounted(first) ? [unitOf(first)] : [];
  const units = new Map<string, Unit>();
  for (const claim of claims) {
    if (!isCounted(claim)) continue;
    const unit = unitOf(claim);
    const key = `${unit.namespace} ${unit.pool} ${unit.address}`;
    if (unit.isConfirmed || !units.has(key)) units.set(key, unit);
  }
  return units.values();
}

function unitOf({ holder, pool, address, state }: Claim): Unit {
  return { namespace: holder.namespace, pool, address, isConfirmed: state === 'held' || !mayBorrow(holder) };
}

function isCounted({ state }: Claim): boolean {
  return state === 'held' || state === 'reserved';
}
