import { Mutex } from 'async-mutex';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import { ApiError, ConfigMaps, isApiError } from '../kube/index.ts';
import type { ClusterClient, ConfigMap } from '../kube/index.ts';
import { LEDGER_LABEL } from './store.ts';

/** How many numbers each namespace holds. */
export type Counts = ReadonlyMap<string, number>;

/** The most writes that one round may lose to others before it gives up. */
const MOST_TRIES = 20;

interface Change {
  readonly namespace: string;
  readonly by: number;
  /** Only while the sum stays within it; absent for giving back. */
  readonly limit: number | undefined;
  readonly settle: (outcome: Result<undefined, Refusal>) => void;
}

/**
 * How much of its quota of one pool each namespace has used, in one ConfigMap, so that concurrent managers never
 * exceed it together. Taken before the numbers are, given back after them: a crash in between counts too much, never
 * too little, until the next {@link recount}.
 */
export class QuotaCounter {
  readonly #client: ClusterClient;
  readonly #namespace: string;
  readonly #pool: string;
  readonly #countHeld: () => Counts;
  readonly #oneRound = new Mutex();
  #changes: Change[] = [];
  #suspect: { readonly version: string; readonly wrong: string } | undefined;

  constructor(parts: { client: ClusterClient; namespace: string; pool: string; countHeld: () => Counts }) {
    this.#client = parts.client;
    this.#namespace = parts.namespace;
    this.#pool = parts.pool;
    this.#countHeld = parts.countHeld;
  }

  /** Counts `by` more numbers for `namespace`, or refuses because that would exceed `limit`. */
  take(namespace: string, by: number, limit: number, signal: AbortSignal): Promise<Result<undefined, Refusal>> {
    return this.#change({ namespace, by, limit }, signal);
  }

  /** Counts `by` numbers less. */
  async giveBack(namespace: string, by: number, signal: AbortSignal): Promise<void> {
    if (by > 0) await this.#change({ namespace, by: -by, limit: undefined }, signal);
  }

  /**
   * Corrects what crashes left behind, once the same difference was seen at two recounts with no change in between:
   * whoever has taken and not yet written is done by then.
   */
  async recount(signal: AbortSignal): Promise<boolean> {
    const stored = await this.#read(signal);
    if (stored === undefined) return false;
    const held = this.#countHeld();
    const wrong = JSON.stringify([...held].sort());
    const right =
      stored.counts.size === held.size && [...held].every(([name, count]) => stored.counts.get(name) === count);
    const seenBefore = this.#suspect?.version === stored.version && this.#suspect.wrong === wrong;
    this.#suspect = right ? undefined : { version: stored.version, wrong };
    if (right || !seenBefore) return false;
    return this.#write(held, stored.version, signal);
  }

  #change(change: Omit<Change, 'settle'>, signal: AbortSignal): Promise<Result<undefined, Refusal>> {
    return new Promise((settle, reject) => {
      this.#changes.push({ ...change, settle });
      this.#oneRound.runExclusive(() => this.#round(signal)).catch(reject);
    });
  }

  async #round(signal: AbortSignal): Promise<void> {
    const changes = this.#changes;
    this.#changes = [];
    if (changes.length === 0) return;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const stored = await this.#read(signal);
      const { counts, outcomes } = this.#apply(changes, stored?.counts ?? this.#countHeld());
      const needed = outcomes.some((outcome) => outcome.ok);
      if (needed && !(await this.#write(counts, stored?.version, signal))) continue;
      changes.forEach((change, at) => change.settle(outcomes[at] ?? ok(undefined)));
      return;
    }
    for (const change of changes) change.settle(err(refuse.ledgerUnavailable('the quota counter is contended')));
  }

  #apply(changes: readonly Change[], before: Counts): { counts: Counts; outcomes: Result<undefined, Refusal>[] } {
    const counts = new Map(before);
    const outcomes = changes.map(({ namespace, by, limit }): Result<undefined, Refusal> => {
      const used = counts.get(namespace) ?? 0;
      if (limit !== undefined && used + by > limit) {
        return err(refuse.quotaExceeded({ namespace, pool: this.#pool, limit, used, wanted: by }));
      }
      if (used + by <= 0) counts.delete(namespace);
      else counts.set(namespace, used + by);
      return ok(undefined);
    });
    return { counts, outcomes };
  }

  async #read(signal: AbortSignal): Promise<{ version: string; counts: Counts } | undefined> {
    const found = await this.#client.find(ConfigMaps, { namespace: this.#namespace, name: this.#name() }, { signal });
    if (found === undefined) return undefined;
    const counts = Object.entries(found.data ?? {}).map(([namespace, text]) => [namespace, Number(text)] as const);
    // A counter that somebody has spoilt is counted anew.
    const valid = counts.every(([, count]) => Number.isInteger(count) && count >= 0);
    return { version: found.metadata.resourceVersion, counts: valid ? new Map(counts) : this.#countHeld() };
  }

  /** False when somebody else was faster. */
  async #write(counts: Counts, version: string | undefined, signal: AbortSignal): Promise<boolean> {
    const data = Object.fromEntries([...counts].map(([namespace, count]) => [namespace, String(count)]));
    const object = {
      metadata: {
        name: this.#name(),
        namespace: this.#namespace,
        labels: { [LEDGER_LABEL]: '1', 'hostport.io/scope': 'Quota' },
        ...(version === undefined ? {} : { resourceVersion: version }),
      },
      data,
    };
    try {
      if (version === undefined)
        await this.#client.create<ConfigMap, { signal: AbortSignal }>(ConfigMaps, object, { signal });
      else await this.#client.replace<ConfigMap, { signal: AbortSignal }>(ConfigMaps, object, { signal });
      return true;
    } catch (error) {
      if (error instanceof ApiError && isApiError(error, 'conflict', 'alreadyExists', 'notFound')) return false;
      throw error;
    }
  }

  #name(): string {
    return `hostport-quota-${this.#pool}`;
  }
}
