import { pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { ResourceCache } from '../kube/index.ts';
import type { ClusterClient, KubeObject, ResourceCacheOptions, ResourceType, Selection } from '../kube/index.ts';

/** What caches need. */
export interface CachesParts {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Which part of the objects of a kind is kept; default everything. */
type Keeping<T extends KubeObject> = Pick<ResourceCacheOptions<T>, 'keep' | 'trim'> & Selection;

/** How long the start waits for optional kinds, in milliseconds: they may not be installed. */
const OPTIONAL_PATIENCE_MS = 5_000;

/**
 * Everything that one manager sees of the cluster, and whether it is up to date. Serving needs the caches of {@link
 * make}; those of {@link makeOptional} may be missing altogether, and their users wait for them.
 */
export class Caches implements AsyncDisposable {
  readonly #parts: CachesParts;
  readonly #lifetime = new Lifetime('caches');
  readonly #needed: ResourceCache<KubeObject>[] = [];
  readonly #optional = new Map<string, ResourceCache<KubeObject>>();

  constructor(parts: CachesParts) {
    this.#parts = parts;
  }

  /** Makes a cache that serving needs; it isn't started yet. */
  make<T extends KubeObject>(type: ResourceType<T>, keeping: Keeping<T> = {}): ResourceCache<T> {
    const cache = this.#make(type, keeping);
    this.#needed.push(cache as unknown as ResourceCache<KubeObject>);
    return cache;
  }

  /** Makes a cache that serving doesn't need; it isn't started yet. */
  makeOptional<T extends KubeObject>(type: ResourceType<T>, keeping: Keeping<T> = {}): ResourceCache<T> {
    const cache = this.#make(type, keeping);
    this.#optional.set(type.plural, cache as unknown as ResourceCache<KubeObject>);
    return cache;
  }

  /** Why a cache that serving needs may be outdated; undefined if none is. */
  trouble(): string | undefined {
    for (const cache of this.#needed) {
      if (!cache.synced) return cache.trouble ?? 'not all objects are read yet';
      if (cache.trouble !== undefined) return cache.trouble;
    }
    return undefined;
  }

  /** Whether each optional kind is seen, by the plural of the kind. */
  optional(): ReadonlyMap<string, boolean> {
    return new Map([...this.#optional].map(([kind, { healthy }]) => [kind, healthy]));
  }

  /**
   * Fills the caches that serving needs, `last` after the others; the optional ones if they come soon, otherwise as
   * soon as they come.
   */
  async fill<T extends KubeObject>(last: ResourceCache<T>, signal: AbortSignal): Promise<void> {
    const others = this.#needed.filter((cache) => cache !== (last as unknown));
    const optional = [...this.#optional.values()];
    for (const cache of [...others, ...optional]) cache.start();
    await Promise.all(others.map((cache) => cache.whenSynced(signal)));
    last.start();
    await last.whenSynced(signal);
    await this.#patiently(optional, signal);
  }

  async #patiently(optional: readonly ResourceCache<KubeObject>[], signal: AbortSignal): Promise<void> {
    if (optional.every(({ synced }) => synced)) return;
    const { clock, log } = this.#parts;
    const enough = new AbortController();
    const limits = AbortSignal.any([signal, enough.signal]);
    const all = Promise.all(optional.map((cache) => cache.whenSynced(limits)));
    try {
      await Promise.race([all, pause(clock, OPTIONAL_PATIENCE_MS, limits)]);
    } finally {
      enough.abort();
      await all.catch(() => undefined);
    }
    const missing = [...this.optional()].filter(([kind]) => this.#optional.get(kind)?.synced !== true);
    if (missing.length > 0) log.warn('serves without what is not there', { missing: missing.map(([kind]) => kind) });
  }

  #make<T extends KubeObject>(type: ResourceType<T>, keeping: Keeping<T>): ResourceCache<T> {
    const { client, clock, random, log: logger } = this.#parts;
    return this.#lifetime.own(new ResourceCache<T>({ client, type, clock, random, logger, ...keeping }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }
}
