import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Refusal } from '../core/index.ts';
import type { ClusterClient } from '../kube/index.ts';
import { QuotaCounter } from '../ledger/index.ts';
import type { Counts, Ledger } from '../ledger/index.ts';
import type { KnownPool } from './pool-rules.ts';
import type { Pools } from './pools.ts';

/** The quotas of all pools that have one: how many distinct numbers a namespace may hold. */
export class Quotas {
  readonly #client: ClusterClient;
  readonly #namespace: string;
  readonly #ledger: Ledger;
  readonly #pools: Pools;
  readonly #counters = new Map<string, QuotaCounter>();

  constructor(parts: { client: ClusterClient; namespace: string; ledger: Ledger; pools: Pools }) {
    this.#client = parts.client;
    this.#namespace = parts.namespace;
    this.#ledger = parts.ledger;
    this.#pools = parts.pools;
  }

  /** Takes `by` numbers of what `namespace` may have in `pool`, or refuses; without a quota it never does. */
  async take(pool: KnownPool, namespace: string, by: number, signal: AbortSignal): Promise<Result<undefined, Refusal>> {
    const { name, quota } = pool;
    return by === 0 || quota === undefined ? ok(undefined) : this.#counter(name).take(namespace, by, quota, signal);
  }

  /** Gives `by` numbers back; nothing to do in a pool without a quota. */
  async giveBack(pool: string, namespace: string, by: number, signal: AbortSignal): Promise<void> {
    if (by > 0 && this.#pools.find(pool)?.quota !== undefined)
      await this.#counter(pool).giveBack(namespace, by, signal);
  }

  /** Corrects the counters by the ledger. Returns how many were wrong. */
  async recount(signal: AbortSignal): Promise<number> {
    let corrected = 0;
    for (const { name, quota } of this.#pools.all()) {
      if (quota !== undefined && (await this.#counter(name).recount(signal))) corrected++;
    }
    return corrected;
  }

  #counter(pool: string): QuotaCounter {
    let counter = this.#counters.get(pool);
    if (counter === undefined) {
      const countHeld = () => countHeldIn(this.#ledger, pool);
      counter = new QuotaCounter({ client: this.#client, namespace: this.#namespace, pool, countHeld });
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
