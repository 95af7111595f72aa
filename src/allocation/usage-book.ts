import { Breath } from '../base/breath.ts';
import { CLUSTER, EVERYWHERE } from '../ledger/index.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';
import { cameOrWent } from '../kube/index.ts';
import type { Node, ResourceCache } from '../kube/index.ts';
import { poolOn } from './pool-rules.ts';
import type { KnownPool } from './pool-rules.ts';
import type { Pools } from './pools.ts';
import { NO_COUNTS, addTo, countDomain, usageOf } from './usage.ts';
import type { Counts, Usage } from './usage.ts';

/** What the usage book needs. */
export interface UsageBookParts {
  readonly ledger: Pick<Ledger, 'expire' | 'domain' | 'subscribe'>;
  readonly pools: Pick<Pools, 'subscribe'>;
  readonly nodes: Pick<ResourceCache<Node>, 'get' | 'list' | 'subscribe'>;
}

/** The counts of one pool. */
interface Page {
  readonly byDomain: Map<DomainKey, Counts>;
  /** Domains with a change since they were counted. */
  readonly changed: Set<DomainKey>;
  readonly sum: Record<keyof Counts, number>;
}

/**
 * How many numbers of each pool are in which state, kept up to date by changes: a domain is counted again only when
 * something changed there, or when the numbers changed that the pool has there.
 */
export class UsageBook implements Disposable {
  readonly #parts: UsageBookParts;
  readonly #pages = new Map<string, Page>();
  readonly #subscriptions: readonly Disposable[];

  constructor(parts: UsageBookParts) {
    this.#parts = parts;
    this.#subscriptions = [
      parts.ledger.subscribe((domain) => this.#onLedger(domain)),
      // The pool hands out other numbers, or is another pool of that name.
      parts.pools.subscribe((node) => (node === undefined ? this.#pages.clear() : this.#change(node))),
      parts.nodes.subscribe((change) => {
        if (cameOrWent(change)) this.#change(change.object.metadata.name);
      }),
    ];
  }

  /**
   * The usage of a pool in the ledger; for scope `Node` on all nodes together. Yields to other work now and then: a
   * change meanwhile may or may not be counted.
   * @throws the reason of `signal` once it is aborted
   */
  async of(known: KnownPool, signal: AbortSignal): Promise<Usage> {
    this.#parts.ledger.expire();
    const page = this.#pages.get(known.name) ?? this.#begin(known);
    const breath = new Breath();
    for (const key of [...page.changed]) {
      await breath.take();
      signal.throwIfAborted();
      // A change from here on has the domain counted once more.
      page.changed.delete(key);
      this.#replace(page, key, await this.#count(known, key, breath));
    }
    return usageOf(page.sum);
  }

  /** Forgets the counts of a deleted pool. */
  forget(name: string): void {
    this.#pages.delete(name);
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #begin({ name, scope }: KnownPool): Page {
    const nodes = this.#parts.nodes.list().map(({ metadata }) => metadata.name);
    const changed = new Set<DomainKey>(scope === 'Cluster' ? [CLUSTER] : nodes);
    const page: Page = { byDomain: new Map(), changed, sum: { ...NO_COUNTS } };
    this.#pages.set(name, page);
    return page;
  }

  /** The counts of a pool in the domain `key`; undefined if the pool has no numbers there, as on a deleted node. */
  async #count(known: KnownPool, key: DomainKey, breath: Breath): Promise<Counts | undefined> {
    const { ledger, nodes } = this.#parts;
    if (key === CLUSTER) {
      return known.scope === 'Cluster'
        ? countDomain(ledger.domain(CLUSTER), poolOn(known, undefined).usable, known.name, breath)
        : undefined;
    }
    if (known.scope === 'Cluster' || nodes.get(undefined, key) === undefined) return undefined;
    return countDomain(ledger.domain(key), poolOn(known, key).usable, known.name, breath);
  }

  #replace({ byDomain, sum }: Page, key: DomainKey, counts: Counts | undefined): void {
    addTo(sum, byDomain.get(key) ?? NO_COUNTS, -1);
    addTo(sum, counts ?? NO_COUNTS, 1);
    if (counts === undefined) byDomain.delete(key);
    else byDomain.set(key, counts);
  }

  #onLedger(domain: DomainKey | typeof EVERYWHERE): void {
    if (domain !== EVERYWHERE) return this.#change(domain);
    for (const page of this.#pages.values()) for (const key of page.byDomain.keys()) page.changed.add(key);
  }

  #change(domain: DomainKey): void {
    for (const page of this.#pages.values()) page.changed.add(domain);
  }
}
