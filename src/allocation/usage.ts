import { Breath } from '../base/breath.ts';
import { GROUP, isUse, rangesInclude, rangesSize } from '../core/index.ts';
import type { Domain, PageCount, PortRange, Standing } from '../core/index.ts';
import { cameOrWent } from '../kube/index.ts';
import type { Node, ResourceCache } from '../kube/index.ts';
import { CLUSTER, EVERYWHERE } from '../ledger/index.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';
import { poolOn } from './pool-rules.ts';
import type { KnownPool } from './pool-rules.ts';
import type { Pools } from './pools.ts';

/** How many numbers of a pool are in which state. Each number is counted once, in the first state that fits. */
export interface Usage {
  readonly capacity: number;
  readonly allocated: number;
  readonly reserved: number;
  readonly blocked: number;
  readonly cooling: number;
  readonly free: number;
  /** Held, but no longer among the pool's numbers. */
  readonly outside: number;
}

/** The counts of a pool in one domain, or in several. */
interface Counts {
  readonly capacity: number;
  readonly allocated: number;
  readonly reserved: number;
  readonly blocked: number;
  readonly cooling: number;
  readonly outside: number;
}

const NO_COUNTS: Counts = { capacity: 0, allocated: 0, reserved: 0, blocked: 0, cooling: 0, outside: 0 };

/** What the usage book needs. */
interface UsageBookParts {
  readonly ledger: Pick<Ledger, 'expire' | 'domain' | 'subscribe'>;
  readonly pools: Pick<Pools, 'subscribe'>;
  readonly nodes: Pick<ResourceCache<Node>, 'get' | 'list' | 'subscribe'>;
}

/** The counts of one pool. */
interface PoolCounts {
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
  readonly #counts = new Map<string, PoolCounts>();
  readonly #subscriptions: readonly Disposable[];

  constructor(parts: UsageBookParts) {
    this.#parts = parts;
    this.#subscriptions = [
      parts.ledger.subscribe((domain) => this.#onLedger(domain)),
      // The pool hands out other numbers, or is another pool of that name.
      parts.pools.subscribe((node) => (node === undefined ? this.#counts.clear() : this.#change(node))),
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
    const counted = this.#counts.get(known.name) ?? this.#begin(known);
    const breath = new Breath();
    for (const key of [...counted.changed]) {
      await breath.take();
      signal.throwIfAborted();
      // A change from here on has the domain counted once more.
      counted.changed.delete(key);
      this.#replace(counted, key, await this.#count(known, key, breath));
    }
    return usageOf(counted.sum);
  }

  /** Forgets the counts of a deleted pool. */
  forget(name: string): void {
    this.#counts.delete(name);
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #begin({ name, scope }: KnownPool): PoolCounts {
    const nodes = this.#parts.nodes.list().map(({ metadata }) => metadata.name);
    const changed = new Set<DomainKey>(scope === 'Cluster' ? [CLUSTER] : nodes);
    const counted: PoolCounts = { byDomain: new Map(), changed, sum: { ...NO_COUNTS } };
    this.#counts.set(name, counted);
    return counted;
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

  #replace({ byDomain, sum }: PoolCounts, key: DomainKey, counts: Counts | undefined): void {
    addTo(sum, byDomain.get(key) ?? NO_COUNTS, -1);
    addTo(sum, counts ?? NO_COUNTS, 1);
    if (counts === undefined) byDomain.delete(key);
    else byDomain.set(key, counts);
  }

  #onLedger(domain: DomainKey | typeof EVERYWHERE): void {
    if (domain !== EVERYWHERE) return this.#change(domain);
    for (const counted of this.#counts.values()) for (const key of counted.byDomain.keys()) counted.changed.add(key);
  }

  #change(domain: DomainKey): void {
    for (const counted of this.#counts.values()) counted.changed.add(domain);
  }
}

/** Adds `counts`, or subtracts them. */
function addTo(sum: Record<keyof Counts, number>, counts: Counts, by: 1 | -1): void {
  for (const each of COUNTED) sum[each] += by * counts[each];
}

/** The usage by `counts`, with the free numbers. */
function usageOf(counts: Counts): Usage {
  const { capacity, allocated, reserved, blocked, cooling, outside } = counts;
  const free = capacity - allocated - reserved - blocked - cooling;
  return { capacity, allocated, reserved, blocked, cooling, free, outside };
}

/**
 * Counts the claims of the pool `name` in a domain in which it has the numbers `usable`; yields to other work now and
 * then.
 */
async function countDomain(
  domain: Domain,
  usable: readonly PortRange[],
  name: string,
  breath: Breath,
): Promise<Counts> {
  const counts = { ...NO_COUNTS, capacity: rangesSize(usable) };
  for (const first of domain.pages()) {
    await breath.take();
    addPage(counts, domain, { first, usable, name });
  }
  return counts;
}

function addPage(
  counts: Record<keyof Counts, number>,
  domain: Domain,
  { first, usable, name }: { readonly first: number; readonly usable: readonly PortRange[]; readonly name: string },
): void {
  const here = countPage(domain, first, usable, name);
  for (const standing of STANDINGS) counts[standing] += here.standing[standing];
  counts.outside += here.outside;
}

const COUNTED = Object.keys(NO_COUNTS) as readonly (keyof Counts)[];
const STANDINGS: readonly Standing[] = ['allocated', 'reserved', 'blocked', 'cooling'];
const NONE: PageCount['standing'] = { allocated: 0, reserved: 0, blocked: 0, cooling: 0 };

/** The counts of a pool on the page from `first`. A page that is wholly in the pool, or wholly outside, costs one lookup. */
function countPage(
  domain: Domain,
  first: number,
  usable: readonly PortRange[],
  pool: string,
): { readonly standing: PageCount['standing']; readonly outside: number } {
  const last = first + GROUP - 1;
  const touching = usable.filter((range) => range.first <= last && range.last >= first);
  const count = domain.countOn(first);
  if (touching.length === 0) return { standing: NONE, outside: count.heldFor.get(pool) ?? 0 };
  if (touching.some((range) => range.first <= first && range.last >= last)) {
    return { standing: count.standing, outside: 0 };
  }
  const standing = { ...NONE };
  let outside = 0;
  for (let number = first; number <= last; number++) {
    const found = domain.standingOn(number);
    if (found === undefined) continue;
    if (rangesInclude(touching, number)) standing[found]++;
    else if (domain.claimsOn(number).some((claim) => claim.pool === pool && isUse(claim))) outside++;
  }
  return { standing, outside };
}
