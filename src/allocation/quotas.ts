import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Claim, Refusal } from '../core/index.ts';
import type { CallOptions, ClusterClient } from '../kube/index.ts';
import { QuotaCounter } from '../ledger/index.ts';
import type { Counts, Ledger } from '../ledger/index.ts';
import type { KnownPool } from './pool-rules.ts';
import type { Pools } from './pools.ts';

/** Whether a namespace may have so many numbers more in a pool, and counts them if so. */
export type Forecast = (pool: KnownPool, namespace: string, by: number) => boolean;

/** Who waits for a change of a counter, and until when it may be written. */
type Terms = Pick<CallOptions, 'signal' | 'fence'>;

/** The quotas of all pools that have one: how many distinct numbers a namespace may hold. */
export class Quotas implements Disposable {
  readonly #client: ClusterClient;
  readonly #namespace: string;
  readonly #ledger: Ledger;
  readonly #pools: Pools;
  readonly #counters = new Map<string, QuotaCounter>();
  readonly #leaving = new Set<readonly Claim[]>();
  readonly #subscription: Disposable;
  readonly #end = new AbortController();

  constructor(parts: { client: ClusterClient; namespace: string; ledger: Ledger; pools: Pools }) {
    this.#client = parts.client;
    this.#namespace = parts.namespace;
    this.#ledger = parts.ledger;
    this.#pools = parts.pools;
    // Nobody counts in a pool without a quota: who counts again when it has one must not go on from here.
    this.#subscription = parts.pools.subscribe(() => {
      for (const name of this.#counters.keys()) if (!this.#hasQuota(name)) this.#counters.delete(name);
    });
  }

  /** Takes `by` numbers of what `namespace` may have in `pool`, or refuses; without a quota it never does. */
  async take(pool: KnownPool, namespace: string, by: number, terms: Terms): Promise<Result<undefined, Refusal>> {
    const { name, quota } = pool;
    return by === 0 || quota === undefined ? ok(undefined) : this.#counter(name).take(namespace, by, quota, terms);
  }

  /** Gives `by` numbers back; nothing to do in a pool without a quota. */
  async giveBack(pool: string, namespace: string, by: number, terms: Terms): Promise<void> {
    if (by > 0 && this.#hasQuota(pool)) await this.#counter(pool).giveBack(namespace, by, terms);
  }

  /**
   * To be told of claims before they leave the ledger, and until they are given back: whoever begins to count in between
   * must not miss them, or they would be given back twice. Counting them twice instead is found by a recount.
   */
  announce(claims: readonly Claim[]): Disposable {
    this.#leaving.add(claims);
    return { [Symbol.dispose]: () => void this.#leaving.delete(claims) };
  }

  /** What {@link take} would answer in `pools`, by the ledger of this moment. Changes nothing that lasts. */
  forecast(pools: Iterable<KnownPool>): Forecast {
    const limited = [...new Set(pools)].filter(({ quota }) => quota !== undefined);
    const counts = new Map(limited.map(({ name }) => [name, new Map(countHeldIn(this.#ledger, name))]));
    return ({ name, quota = Infinity }, namespace, by) => {
      const used = (counts.get(name)?.get(namespace) ?? 0) + by;
      if (by > 0 && used > quota) return false;
      counts.get(name)?.set(namespace, used);
      return true;
    };
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
    const counts = new Map(countHeldIn(this.#ledger, pool));
    for (const claims of this.#leaving) {
      for (const claim of claims) {
        const { namespace } = claim.holder;
        if (claim.pool === pool && !isHeld(this.#ledger, claim))
          counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
      }
    }
    return counts;
  }

  #hasQuota(pool: string): boolean {
    return this.#pools.find(pool)?.quota !== undefined;
  }

  #counter(pool: string): QuotaCounter {
    let counter = this.#counters.get(pool);
    if (counter === undefined) {
      const countHeld = () => this.#countWithLeaving(pool);
      const { signal } = this.#end;
      counter = new QuotaCounter({ client: this.#client, namespace: this.#namespace, pool, countHeld, signal });
      this.#counters.set(pool, counter);
    }
    return counter;
  }
}

/** Distinct numbers and holders of each namespace in `pool`, as the ledger has them. */
function countHeldIn(ledger: Ledger, pool: string): Counts {
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  for (const key of ledger.domains()) {
    for (const claim of ledger.domain(key).claims()) {
      if (claim.pool !== pool || (claim.state !== 'held' && claim.state !== 'reserved')) continue;
      const identity = `${key} ${claim.number} ${claim.holder.uid}`;
      if (seen.has(identity)) continue;
      seen.add(identity);
      counts.set(claim.holder.namespace, (counts.get(claim.holder.namespace) ?? 0) + 1);
    }
  }
  return counts;
}

/** Whether `claim` still stands somewhere. */
function isHeld(ledger: Ledger, { number, holder }: Claim): boolean {
  return [...ledger.domains()].some((key) =>
    ledger
      .domain(key)
      .claimsOn(number)
      .some((other) => other.holder.uid === holder.uid && (other.state === 'held' || other.state === 'reserved')),
  );
}
