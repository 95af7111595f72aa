import { isUse } from './claim.ts';
import type { Claim } from './claim.ts';

const NONE: readonly string[] = [];

interface Total {
  numbers: number;
}

interface Count extends Total {
  /** Over all domains. */
  readonly total: Total | undefined;
}

/** How many numbers are held or reserved for each pool in all domains of a ledger: kept by the counts of each of them. */
export class HeldTotals {
  readonly #byPool = new Map<string, Total>();

  of(pool: string): number {
    return this.#byPool.get(pool)?.numbers ?? 0;
  }

  /** The counter of a pool for a domain's counts. */
  find(pool: string): Total {
    let total = this.#byPool.get(pool);
    if (total === undefined) this.#byPool.set(pool, (total = { numbers: 0 }));
    return total;
  }
}

/**
 * How many numbers of one domain are held or reserved for each pool, and how many have an unreadable entry: kept up to
 * date by changes, so that no count has to look at all claims. A number counts once, however many claims are on it.
 */
export class HeldNumbers {
  readonly #byPool = new Map<string, Count>();
  readonly #totals: HeldTotals | undefined;
  #unreadable = 0;
  /** The last lookup: consecutive writes are usually of one pool. */
  #pool = '';
  #found: Count | undefined;

  /** @param totals to be kept by these numbers and others; none by default */
  constructor(totals?: HeldTotals) {
    this.#totals = totals;
  }

  /** To be called whenever the claims on a number changed. */
  change(before: readonly Claim[], after: readonly Claim[]): void {
    this.#count(before, -1);
    this.#count(after, 1);
  }

  /** How many numbers are held or reserved for `pool`. */
  of(pool: string): number {
    return this.#byPool.get(pool)?.numbers ?? 0;
  }

  /** How many numbers have an unreadable entry. */
  get unreadable(): number {
    return this.#unreadable;
  }

  #count(claims: readonly Claim[], by: 1 | -1): void {
    const first = claims[0];
    if (first === undefined) return;
    if (claims.length > 1) {
      for (const [at, claim] of claims.entries()) if (isFirstOfPool(claims, claim, at)) this.#countFor(claim.pool, by);
      if (claims.some(({ state }) => state === 'unreadable')) this.#unreadable += by;
    } else if (isUse(first)) this.#countFor(first.pool, by);
    else if (first.state === 'unreadable') this.#unreadable += by;
  }

  #countFor(pool: string, by: 1 | -1): void {
    if (this.#found === undefined || pool !== this.#pool) this.#found = this.#find(pool);
    this.#found.numbers += by;
    if (this.#found.total !== undefined) this.#found.total.numbers += by;
  }

  #find(pool: string): Count {
    let count = this.#byPool.get(pool);
    if (count === undefined) this.#byPool.set(pool, (count = { numbers: 0, total: this.#totals?.find(pool) }));
    this.#pool = pool;
    return count;
  }
}

/** The pools for which a number with `claims` is held or reserved, each once. */
export function poolsHolding(claims: readonly Claim[]): readonly string[] {
  const first = claims[0];
  if (first === undefined) return NONE;
  if (claims.length === 1) return isUse(first) ? [first.pool] : NONE;
  return claims.filter((claim, at) => isFirstOfPool(claims, claim, at)).map(({ pool }) => pool);
}

function isFirstOfPool(claims: readonly Claim[], claim: Claim, at: number): boolean {
  return isUse(claim) && claims.findIndex((other) => other.pool === claim.pool && isUse(other)) === at;
}
