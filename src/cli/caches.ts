import type { Clock } from '../base/clock.ts';
import { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { ResourceCache } from '../kube/index.ts';
import type { ClusterClient, KubeObject, ResourceType, Selection } from '../kube/index.ts';

/** What caches are made of. */
export interface CachesParts {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** All that one manager sees of the cluster, and whether it still does. */
export class Caches implements AsyncDisposable {
  readonly #parts: CachesParts;
  readonly #lifetime = new Lifetime('caches');
  readonly #all: ResourceCache<KubeObject>[] = [];

  constructor(parts: CachesParts) {
    this.#parts = parts;
  }

  /** One more, not started yet. */
  make<T extends KubeObject>(
    type: ResourceType<T>,
    selection: Selection = {},
    trim: (object: T) => T = (object) => object,
  ): ResourceCache<T> {
    const { client, clock, random, log: logger } = this.#parts;
    const cache = this.#lifetime.own(new ResourceCache<T>({ client, type, clock, random, logger, trim, ...selection }));
    this.#all.push(cache as unknown as ResourceCache<KubeObject>);
    return cache;
  }

  /** Why what is seen may be old, or undefined. */
  trouble(): string | undefined {
    for (const cache of this.#all) {
      if (!cache.synced) return cache.trouble ?? 'not all objects are read yet';
      if (cache.trouble !== undefined) return cache.trouble;
    }
    return undefined;
  }

  /** Fills all of them, `last` after the others. */
  async fill<T extends KubeObject>(last: ResourceCache<T>, signal: AbortSignal): Promise<void> {
    const others = this.#all.filter((cache) => cache !== (last as unknown));
    for (const cache of others) cache.start();
    await Promise.all(others.map((cache) => cache.whenSynced(signal)));
    last.start();
    await last.whenSynced(signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }
}
