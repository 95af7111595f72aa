import { parsePortPool } from '../api/index.ts';
import type { PortPool } from '../api/index.ts';
import type { KubeObject, ResourceCache } from '../kube/index.ts';
import { NO_POOL, poolFrom, rangesInclude } from '../core/index.ts';
import type { Pool } from '../core/index.ts';
import type { Kernel } from './ephemeral-census.ts';
import type { KernelListener, EphemeralRanges } from './ephemeral-ranges.ts';
import { poolOn, understandPools } from './pool-rules.ts';
import type { KnownPool } from './pool-rules.ts';

/**
 * The pools as the cluster shows them. A pool that hasn't changed stays the same object, because a domain keeps an index
 * of free numbers for each pool object.
 */
export class Pools implements Disposable {
  readonly #cache: ResourceCache<PortPool>;
  readonly #listeners = new Set<KernelListener>();
  readonly #kernels: Pick<EphemeralRanges, 'numbers' | 'subscribe'> | undefined;
  readonly #subscriptions: readonly Disposable[];
  #known: ReadonlyMap<string, KnownPool> = new Map();
  #isStale = true;

  /** @param kernels absent: all kernels use Linux's default */
  constructor(cache: ResourceCache<PortPool>, kernels?: Pick<EphemeralRanges, 'numbers' | 'subscribe'>) {
    this.#cache = cache;
    this.#kernels = kernels;
    const followed = cache.subscribe((change) => {
      // A change of the status doesn't change what a pool hands out.
      const isSame = change.type === 'applied' && change.previous !== undefined;
      if (!isSame || !sameRules(change.object, change.previous)) this.#changed();
    });
    this.#subscriptions = [
      followed,
      ...(kernels === undefined ? [] : [kernels.subscribe((node) => this.#changed(node))]),
    ];
  }

  /** Every pool, the oldest first. */
  all(): readonly KnownPool[] {
    return [...this.#current().values()];
  }

  /** The pool of that name, or undefined. */
  find(name: string): KnownPool | undefined {
    return this.#current().get(name);
  }

  /** The default pool; undefined if there is none. */
  findDefault(): KnownPool | undefined {
    return this.all().find((pool) => pool.isDefault);
  }

  /** Names of the pools that hand out `number`, on some node at least. */
  with(number: number): readonly string[] {
    return this.all()
      .filter(({ somewhere, fault }) => fault === undefined && rangesInclude(somewhere, number))
      .map(({ name }) => name);
  }

  /** The oldest pool that hands out `number` in the cluster's domain, or on node `nodeName`; `NO_POOL` if none does. */
  handingOut(number: number, nodeName: string | undefined): string {
    return poolWith(number, this.all(), { nodeName });
  }

  /** Names of the pools of scope `Cluster` that hand out `number`. */
  ofClusterWith(number: number): readonly string[] {
    return this.all()
      .filter(({ scope, somewhere }) => scope === 'Cluster' && rangesInclude(somewhere, number))
      .map(({ name }) => name);
  }

  /** How long a released number of pool `name` cools, in seconds; 0 for a deleted pool. */
  cooldownOf = (name: string): number => this.find(name)?.pool.cooldown ?? 0;

  /**
   * Calls `listener` when a pool was added, changed or deleted; or, with the node's name, when its numbers on one node
   * changed.
   */
  subscribe(listener: KernelListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #current(): ReadonlyMap<string, KnownPool> {
    if (this.#isStale) this.#known = this.#understand(this.#known);
    this.#isStale = false;
    return this.#known;
  }

  #changed(node?: string): void {
    this.#isStale = true;
    for (const listener of this.#listeners) listener(node);
  }

  #understand(before: ReadonlyMap<string, KnownPool>): ReadonlyMap<string, KnownPool> {
    const resources: PortPool[] = [];
    for (const object of this.#cache.list()) {
      const parsed = parsePortPool(object);
      if (parsed.ok) resources.push(parsed.value);
    }
    return new Map(
      understandPools(resources, this.#kernels?.numbers).map((pool) => [
        pool.name,
        keepSame(pool, before.get(pool.name)),
      ]),
    );
  }
}

/**
 * The pool whose limits count for `number`: the pool `preferred`, if it hands the number out there, otherwise the
 * oldest that does. A pool with a fault hands nothing out.
 * @param pools the oldest first
 */
export function poolWith(
  number: number,
  pools: readonly KnownPool[],
  { nodeName, preferred }: { readonly nodeName?: string | undefined; readonly preferred?: string | undefined },
): string {
  const scope = nodeName === undefined ? 'Cluster' : 'Node';
  const having = pools.filter(
    (known) =>
      known.scope === scope && known.fault === undefined && rangesInclude(poolOn(known, nodeName).usable, number),
  );
  return (having.find(({ name }) => name === preferred) ?? having[0])?.name ?? NO_POOL;
}

const knownParts = new WeakMap<Pool, Map<number, Pool>>();

/**
 * The part of `pool` from `from` upward; the whole pool without `from`. It is the same object for the same part, because
 * a domain keeps an index of free numbers for each pool object.
 */
export function partOf(pool: Pool, from: number | undefined): Pool {
  if (from === undefined) return pool;
  const parts = knownParts.get(pool) ?? new Map<number, Pool>();
  knownParts.set(pool, parts);
  const part = parts.get(from) ?? poolFrom(pool, from);
  parts.set(from, part);
  return part;
}

function keepSame(pool: KnownPool, before: KnownPool | undefined): KnownPool {
  if (before === undefined) return pool;
  const known = new Map([before.pool, ...before.byKernel.values()].map((each) => [JSON.stringify(each), each]));
  const same = (each: Pool): Pool => known.get(JSON.stringify(each)) ?? each;
  const byKernel = new Map<Kernel, Pool>();
  for (const [kernel, each] of pool.byKernel) byKernel.set(kernel, same(each));
  return { ...pool, pool: same(pool.pool), byKernel };
}

function sameRules(left: KubeObject, right: KubeObject): boolean {
  return (
    left.metadata.uid === right.metadata.uid &&
    left.metadata.generation === right.metadata.generation &&
    left.metadata.deletionTimestamp === right.metadata.deletionTimestamp &&
    JSON.stringify(left.metadata.annotations) === JSON.stringify(right.metadata.annotations)
  );
}
