import { Mutex } from 'async-mutex';
import { abandonable } from '../base/cancellation.ts';
import { FencedError, OPEN, fencedByAll } from '../base/fence.ts';
import type { Fence } from '../base/fence.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import { ApiError, ConfigMaps, isApiError } from '../kube/index.ts';
import type { CallOptions, ClusterClient, ConfigMap, ResourceCache } from '../kube/index.ts';
import { LEDGER_FORMAT, QUOTA, ledgerLabels } from './store.ts';

/** How many numbers each namespace holds. */
export type Counts = ReadonlyMap<string, number>;

const NOTHING: Counts = new Map();

/** The prefix of a counter's name. */
const COUNTER = 'hostport-quota-';

/** The most writes that one round may lose to others before it gives up. */
const MOST_TRIES = 20;

/** The signal of a caller that waits for a change, and the fence of the write. */
type Terms = Pick<CallOptions, 'signal' | 'fence'>;

/** What is known without a request: a cache of the counters, which also gets what was written. */
export type SeenCounters = Pick<ResourceCache<ConfigMap>, 'get' | 'apply'>;

interface Stored {
  readonly version: string;
  readonly counts: Counts;
}

interface Change {
  readonly namespace: string;
  readonly by: number;
  /** Only while the sum stays within it; absent when numbers are given back. */
  readonly limit: number | undefined;
  readonly fence: Fence;
  readonly settle: (outcome: Result<undefined, Refusal>) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * How much of its quota of one pool each namespace has used, in one ConfigMap, so that concurrent managers never exceed
 * it together. It is increased before numbers are claimed and decreased after they are released: a crash in between
 * counts too much, never too little, until the next {@link recount}. A counter that is found at first is believed only
 * if it is at least what the ledger says: while a pool has no quota, nothing is counted.
 */
export class QuotaCounter {
  readonly #client: ClusterClient;
  readonly #namespace: string;
  readonly #pool: string;
  readonly #countHeld: () => Counts;
  readonly #seen: SeenCounters | undefined;
  readonly #signal: AbortSignal;
  readonly #oneRound = new Mutex();
  #changes: Change[] = [];
  #trusted = false;
  #suspect: { readonly version: string; readonly wrong: string } | undefined;

  /**
   * @param parts `signal` ends pending work: rounds are shared, so no single caller can end one. Without `seen` the
   * counter is read before each write.
   */
  constructor(parts: {
    client: ClusterClient;
    namespace: string;
    pool: string;
    countHeld: () => Counts;
    seen?: SeenCounters;
    signal: AbortSignal;
  }) {
    this.#client = parts.client;
    this.#namespace = parts.namespace;
    this.#pool = parts.pool;
    this.#countHeld = parts.countHeld;
    this.#seen = parts.seen;
    this.#signal = parts.signal;
  }

  /** Counts `by` more numbers for `namespace`, or refuses because that would exceed `limit`. */
  take(namespace: string, by: number, limit: number, terms: Terms): Promise<Result<undefined, Refusal>> {
    return this.#change({ namespace, by, limit }, terms);
  }

  /** Counts `by` numbers less. */
  async giveBack(namespace: string, by: number, terms: Terms): Promise<void> {
    if (by > 0) await this.#change({ namespace, by: -by, limit: undefined }, terms);
  }

  /** Raises the count of `namespace` to what the ledger says, after numbers were adopted. */
  async catchUp(namespace: string, terms: Terms): Promise<void> {
    this.#trusted = false;
    await this.#change({ namespace, by: 0, limit: undefined }, terms);
  }

  /**
   * Corrects what crashes left behind, once two recounts have seen the same difference with no change in between: any
   * manager that had increased the counter before its write is done by then.
   */
  async recount(terms: Terms): Promise<boolean> {
    const stored = await this.#read(terms);
    if (stored === undefined) return false;
    const held = this.#countHeld();
    const wrong = JSON.stringify([...held].sort());
    const right =
      stored.counts.size === held.size && [...held].every(([name, count]) => stored.counts.get(name) === count);
    const seenBefore = this.#suspect?.version === stored.version && this.#suspect.wrong === wrong;
    this.#suspect = right ? undefined : { version: stored.version, wrong };
    if (right || !seenBefore) return false;
    return this.#write(held, stored.version, terms);
  }

  #change(
    change: Omit<Change, 'settle' | 'fail' | 'fence'>,
    { signal, fence = OPEN }: Terms,
  ): Promise<Result<undefined, Refusal>> {
    const settled = new Promise<Result<undefined, Refusal>>((settle, fail) => {
      this.#changes.push({ ...change, fence, settle, fail });
    });
    void this.#oneRound.runExclusive(() => this.#round());
    return abandonable(settled, signal);
  }

  async #round(): Promise<void> {
    const changes = this.#changes;
    this.#changes = [];
    if (changes.length === 0) return;
    try {
      await this.#settleTogether(changes);
    } catch (error) {
      // Every caller of the round has to know, not only the first.
      for (const change of changes) change.fail(error);
    }
  }

  async #settleTogether(changes: readonly Change[]): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      // The last known counter is good enough for a first attempt to write, but not for a refusal.
      const seen = tries === 0 ? this.#lastSeen() : undefined;
      const stored = seen ?? (await this.#read({ signal: this.#signal }));
      const open = changes.filter(isOpen);
      const isKnown = stored !== undefined && this.#trusted;
      const before = isKnown ? stored.counts : higherOf(stored?.counts ?? NOTHING, this.#countAnew(open));
      const { counts, outcomes } = this.#apply(open, before);
      if (seen !== undefined && outcomes.some((outcome) => !outcome.ok)) continue;
      const needed = outcomes.some((outcome) => outcome.ok);
      const terms = { signal: this.#signal, fence: fencedByAll(open.map(({ fence }) => fence)) };
      if (needed && !(await this.#write(counts, stored?.version, terms))) continue;
      this.#trusted ||= needed;
      return open.forEach((change, at) => change.settle(outcomes[at] ?? ok(undefined)));
    }
    for (const change of changes) change.settle(err(refuse.ledgerUnavailable('the quota counter is contended')));
  }

  /** What the ledger says, and what was released and isn't given back yet. */
  #countAnew(changes: readonly Change[]): Counts {
    const counts = new Map(this.#countHeld());
    for (const { namespace, by } of [...changes, ...this.#changes]) {
      if (by < 0) counts.set(namespace, (counts.get(namespace) ?? 0) - by);
    }
    return counts;
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

  #lastSeen(): Stored | undefined {
    const found = this.#seen?.get(this.#namespace, this.#name());
    return found === undefined ? undefined : this.#parse(found);
  }

  async #read({ signal }: Terms): Promise<Stored | undefined> {
    const found = await this.#client.find(ConfigMaps, { namespace: this.#namespace, name: this.#name() }, { signal });
    return found === undefined ? undefined : this.#parse(found);
  }

  #parse(found: ConfigMap): Stored {
    const counts = Object.entries(found.data ?? {}).map(([namespace, text]) => [namespace, Number(text)] as const);
    // A damaged counter is counted anew.
    const valid = counts.every(([, count]) => Number.isInteger(count) && count >= 0);
    return { version: found.metadata.resourceVersion, counts: valid ? new Map(counts) : this.#countHeld() };
  }

  /** False if another manager was faster, or nothing was sent because a fence had closed. */
  async #write(counts: Counts, version: string | undefined, terms: Terms): Promise<boolean> {
    const data = Object.fromEntries([...counts].map(([namespace, count]) => [namespace, String(count)]));
    const object = {
      metadata: {
        name: this.#name(),
        namespace: this.#namespace,
        labels: { [ledgerLabels.ledger]: LEDGER_FORMAT, [ledgerLabels.scope]: QUOTA },
        ...(version === undefined ? {} : { resourceVersion: version }),
      },
      data,
    };
    try {
      const written =
        version === undefined
          ? await this.#client.create<ConfigMap, Terms>(ConfigMaps, object, terms)
          : await this.#client.replace<ConfigMap, Terms>(ConfigMaps, object, terms);
      this.#seen?.apply(written);
      return true;
    } catch (error) {
      if (error instanceof FencedError) return false;
      if (error instanceof ApiError && isApiError(error, 'conflict', 'alreadyExists', 'notFound')) return false;
      throw error;
    }
  }

  #name(): string {
    return `${COUNTER}${this.#pool}`;
  }
}

/** Answers a change whose fence has closed. */
function isOpen({ fence, settle }: Change): boolean {
  const reason = fence.reason();
  if (reason !== undefined) settle(err(refuse.ledgerUnavailable(reason)));
  return reason === undefined;
}

/** The higher count of each namespace. */
function higherOf(left: Counts, right: Counts): Counts {
  const higher = new Map(left);
  for (const [namespace, count] of right) higher.set(namespace, Math.max(count, left.get(namespace) ?? 0));
  return higher;
}

/** The pool whose quota a ConfigMap counts, and the counts of the namespaces; undefined for any other ConfigMap. */
export function quotaCounted({
  metadata,
  data = {},
}: ConfigMap): { readonly pool: string; readonly counts: Readonly<Record<string, string>> } | undefined {
  if (metadata.labels?.[ledgerLabels.scope] !== QUOTA) return undefined;
  return { pool: metadata.name.slice(COUNTER.length), counts: data };
}
