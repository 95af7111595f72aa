import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { isUse, refuse } from '../core/index.ts';
import type { Claim, Refusal } from '../core/index.ts';
import type { CallOptions, ClusterClient } from '../kube/index.ts';
import { QuotaCounter } from '../ledger/index.ts';
import type { Counts, Ledger, SeenCounters } from '../ledger/index.ts';
import type { KnownPool } from './pool-rules.ts';
import type { Pools } from './pools.ts';

/** The signal of the caller that waits for the change of a counter, and the fence that the write must respect. */
type Terms = Pick<CallOptions, 'signal' | 'fence'>;

/** Returns why `by` more numbers of `pool` would exceed its quota; undefined if they don't. */
export type QuotaCheck = (pool: KnownPool, by: number) => Refusal | undefined;

/**
 * The quotas of all pools that have one: how many numbers a namespace may hold. A number counts once for each address. The
 * counters are ConfigMaps, so that several managers can't exceed a quota together.
 */
export class Quotas implements Disposable {
  readonly #client: ClusterClient;
  readonly #namespace: string;
  readonly #ledger: Ledger;
  readonly #pools: Pools;
  readonly #seen: SeenCounters | undefined;
  readonly #counters = new Map<string, QuotaCounter>();
  readonly #leaving = new Set<readonly Claim[]>();
  readonly #subscription: Disposable;
  readonly #end = new AbortController();

  /** @param parts without `seen` each counter is read before it is written */
  constructor(parts: { client: ClusterClient; namespace: string; ledger: Ledger; pools: Pools; seen?: SeenCounters }) {
    this.#client = parts.client;
    this.#namespace = parts.namespace;
    this.#ledger = parts.ledger;
    this.#pools = parts.pools;
    this.#seen = parts.seen;
    // While a pool has no quota nothing is counted, so an old counter must not be used when it gets one.
    this.#subscription = parts.pools.subscribe(() => {
      for (const name of this.#counters.keys()) if (!this.#hasQuota(name)) this.#counters.delete(name);
    });
  }

  /** Takes `by` numbers from the quota of `namespace` in `pool`, or refuses; never refuses without a quota. */
  async take(pool: KnownPool, namespace: string, by: number, terms: Terms): Promise<Result<undefined, Refusal>> {
    const { name, quota } = pool;
    return by === 0 || quota === undefined ? ok(undefined) : this.#counter(name).take(namespace, by, quota, terms);
  }

  /** Gives `by` numbers back; a no-op in a pool without a quota. */
  async giveBack(pool: string, namespace: string, by: number, terms: Terms): Promise<void> {
    if (by > 0 && this.#hasQuota(pool)) await this.#counter(pool).giveBack(namespace, by, terms);
  }

  /**
   * To be called with claims before they leave the ledger; the handle is disposed when they have left it. A recount in
   * between must include them, or they would be given back twice. If they are counted twice instead, the next recount
   * corrects that.
   */
  announce(claims: readonly Claim[]): Disposable {
    this.#leaving.add(claims);
    return { [Symbol.dispose]: () => void this.#leaving.delete(claims) };
  }

  /**
   * The answer that {@link take} would give for `namespace`, by the ledger of this moment, which contains the plan in
   * question.
   */
  within(namespace: string): QuotaCheck {
    return (pool, wanted) => {
      const { name, quota: limit = Infinity } = pool;
      const held = limit === Infinity ? 0 : this.#ledger.totals.of(namespace, name);
      if (held <= limit) return undefined;
      return refuse.quotaExceeded({ namespace, pool: name, limit, used: held - wanted, wanted });
    };
  }

  /** Raises the counter of `namespace` after an adoption: to at least what the ledger says. */
  async catchUp(pool: string, namespace: string, terms: Terms): Promise<void> {
    if (this.#hasQuota(pool)) await this.#counter(pool).catchUp(namespace, terms);
  }

  /** Corrects the counters by the ledger. Returns how many were wrong. */
  async recount(terms: Terms): Promise<number> {
    let corrected = 0;
    for (const { name, quota } of this.#pools.all()) {
      if (quota !== undefined && (await this.#counter(name).recount(terms))) corrected++;
    }
    return corrected;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#end.abort();
  }

  #countWithLeaving(pool: string): Counts {
    const counts = new Map(this.#ledger.totals.heldIn(pool));
    for (const claims of this.#leaving) {
      for (const claim of claims) {
        const { namespace } = claim.holder;
        if (claim.pool === pool && !isHeld(this.#ledger, claim))
          counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
      }
    }
    return counts;
  }

  /** Whether `namespace` has at most its quota of `pool`, by the ledger of this moment. */
  allows = (namespace: string, pool: string): boolean => {
    const known = this.#pools.find(pool);
    return known?.quota === undefined || this.#ledger.totals.of(namespace, pool) <= known.quota;
  };

  #hasQuota(pool: string): boolean {
    return this.#pools.find(pool)?.quota !== undefined;
  }

  #counter(pool: string): QuotaCounter {
    let counter = this.#counters.get(pool);
    if (counter === undefined) {
      const countHeld = () => this.#countWithLeaving(pool);
      const seen = this.#seen === undefined ? {} : { seen: this.#seen };
      const common = { client: this.#client, namespace: this.#namespace, signal: this.#end.signal };
      counter = new QuotaCounter({ ...common, ...seen, pool, countHeld });
      this.#counters.set(pool, counter);
    }
    return counter;
  }
}

/** Whether `claim` still exists somewhere. */
function isHeld(ledger: Ledger, { number, holder }: Claim): boolean {
  return [...ledger.domains()].some((key) =>
    ledger
      .domain(key)
      .claimsOn(number)
      .some((other) => other.holder.uid === holder.uid && isUse(other)),
  );
}
