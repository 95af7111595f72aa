import { isUse } from './claim.ts';
import type { Claim } from './claim.ts';
import { isPod } from './holder.ts';

/** How much of a pool a namespace has: pairs of a number and an address, however many claims are on each. */
export interface Holdings {
  readonly held: number;
  /**
   * Those of them that are only reserved, for pods that weren't seen yet; without reservations of other holders, whose
   * release has begun.
   */
  readonly unconfirmed: number;
}

const NOTHING: Holdings = { held: 0, unconfirmed: 0 };

interface Total {
  held: number;
}

interface Counts extends Total {
  unconfirmed: number;
  /** The totals of the same namespace and pool, over all domains. */
  readonly total: Total | undefined;
}

/** How much each namespace has of each pool in all domains of a ledger: kept up to date by their tallies. */
export class Totals {
  readonly #byPool = new Map<string, Map<string, Total>>();

  /** How much of `pool` a namespace has. */
  of(namespace: string, pool: string): number {
    return this.#byPool.get(pool)?.get(namespace)?.held ?? 0;
  }

  /** The namespaces that have some of `pool`, each with how much. */
  *heldIn(pool: string): Generator<readonly [namespace: string, held: number]> {
    for (const [namespace, { held }] of this.#byPool.get(pool) ?? []) if (held > 0) yield [namespace, held];
  }

  /** The counter of a namespace and pool for a tally. */
  find(namespace: string, pool: string): Total {
    let namespaces = this.#byPool.get(pool);
    if (namespaces === undefined) this.#byPool.set(pool, (namespaces = new Map<string, Total>()));
    let total = namespaces.get(namespace);
    if (total === undefined) namespaces.set(namespace, (total = { held: 0 }));
    return total;
  }

  /** To be called when a domain has nothing left of a namespace and pool: counters of zero aren't kept. */
  leave(namespace: string, pool: string): void {
    const namespaces = this.#byPool.get(pool);
    if (namespaces?.get(namespace)?.held !== 0) return;
    namespaces.delete(namespace);
    if (namespaces.size === 0) this.#byPool.delete(pool);
  }
}

/**
 * How much each namespace has of each pool in one domain: kept up to date by changes, so that nothing has to look at
 * all claims. Cooling numbers don't count.
 */
export class Tally {
  readonly #byNamespace = new Map<string, Map<string, Counts>>();
  readonly #totals: Totals | undefined;
  /** The last lookup: a request changes many numbers of one namespace and pool. */
  #namespace = '';
  #pool = '';
  #found: Counts | undefined;

  /** @param totals to be kept by this tally and others; none by default */
  constructor(totals?: Totals) {
    this.#totals = totals;
  }

  /** To be called whenever the claims on a number changed. */
  change(before: readonly Claim[], after: readonly Claim[]): void {
    this.#countAll(before, -1);
    this.#countAll(after, 1);
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

  #countAll(claims: readonly Claim[], by: 1 | -1): void {
    const first = claims[0];
    if (first === undefined) return;
    if (claims.length === 1) {
      if (isUse(first)) this.#count(first, by);
      return;
    }
    for (let at = 0; at < claims.length; at++) {
      const claim = claims[at];
      if (claim !== undefined && isCounted(claims, claim, at)) this.#count(claim, by);
    }
  }

  #count(claim: Claim, by: 1 | -1): void {
    const { namespace } = claim.holder;
    const { pool } = claim;
    const counts = this.#find(namespace, pool);
    counts.held += by;
    if (counts.total !== undefined) counts.total.held += by;
    if (!isConfirmed(claim)) counts.unconfirmed += by;
    if (counts.held > 0) return;
    this.#found = undefined;
    const pools = this.#byNamespace.get(namespace);
    pools?.delete(pool);
    if (pools?.size === 0) this.#byNamespace.delete(namespace);
    this.#totals?.leave(namespace, pool);
  }

  #find(namespace: string, pool: string): Counts {
    if (this.#found !== undefined && pool === this.#pool && namespace === this.#namespace) return this.#found;
    let pools = this.#byNamespace.get(namespace);
    if (pools === undefined) this.#byNamespace.set(namespace, (pools = new Map<string, Counts>()));
    let counts = pools.get(pool);
    if (counts === undefined)
      pools.set(pool, (counts = { held: 0, unconfirmed: 0, total: this.#totals?.find(namespace, pool) }));
    this.#namespace = namespace;
    this.#pool = pool;
    this.#found = counts;
    return counts;
  }
}

/** How much more a namespace has `after` than `before`, by pool; negative if it has less. */
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

/**
 * Whether a claim on a number counts: the claims of one namespace at one address count once, by the first held one, or
 * by the first of all.
 */
function isCounted(claims: readonly Claim[], claim: Claim, at: number): boolean {
  if (!isUse(claim)) return false;
  for (let place = 0; place < claims.length; place++) {
    const other = claims[place];
    if (place === at || other === undefined || !isSameUnit(claim, other)) continue;
    const isBefore = isConfirmed(other) === isConfirmed(claim) ? place < at : isConfirmed(other);
    if (isBefore) return false;
  }
  return true;
}

function isSameUnit(claim: Claim, other: Claim): boolean {
  return (
    isUse(other) &&
    other.address === claim.address &&
    other.pool === claim.pool &&
    other.holder.namespace === claim.holder.namespace
  );
}

/** A reservation of a holder that isn't a pod was held before, and its release has begun. */
function isConfirmed({ state, holder }: Claim): boolean {
  return state === 'held' || !isPod(holder);
}
