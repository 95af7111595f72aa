import { abandonable } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { invariant } from '../base/result.ts';
import type { ObjectList, Selection, WatchEvent } from './client.ts';
import { Contact } from './contact.ts';
import { ObjectStore } from './object-store.ts';
import type { CacheChange } from './object-store.ts';
import { compareVersions } from './resource.ts';
import type { KubeObject, ObjectMeta, ResourceType } from './resource.ts';
import { WatchLoop } from './watch-loop.ts';
import type { WatchSource } from './watch-loop.ts';

/** What a cache needs. The selection says which objects it holds. */
export interface ResourceCacheOptions<T extends KubeObject> extends Selection {
  readonly client: WatchSource;
  readonly type: ResourceType<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Returns the part of an object that is worth keeping. Name, namespace, UID and resource version must stay. */
  readonly trim?: (object: T) => T;
  /**
   * Whether an object is kept; default: all are. It is called for each object that arrives, with the version that is
   * kept so far, if any. An object that isn't kept looks like one that doesn't exist: if it was kept before, listeners
   * get a deletion with its new version.
   */
  readonly keep?: (object: T, kept: T | undefined) => boolean;
  /**
   * A watch counts as dead after this long without a byte. Default 100,000 ms: the API server sends a bookmark every
   * minute.
   */
  readonly silenceMs?: number;
}

/** Called for every change, in order. An error that it throws is logged and goes no further. */
export type CacheListener<T> = (change: CacheChange<T>) => void;

/**
 * A copy of the objects of one kind, kept up to date by list and watch. Readers share the objects: copy one before you
 * change it. The objects come without `managedFields`.
 */
export class ResourceCache<T extends KubeObject> implements AsyncDisposable {
  readonly #options: ResourceCacheOptions<T>;
  readonly #store = new ObjectStore<T>();
  readonly #listeners = new Set<CacheListener<T>>();
  readonly #contact: Contact;
  readonly #logger: Logger;
  #lifetime: Lifetime | undefined;
  #reported = '';
  #synced = false;
  #sync: () => void = () => undefined;
  readonly #whenSynced = new Promise<void>((resolve) => (this.#sync = resolve));

  constructor(options: ResourceCacheOptions<T>) {
    this.#options = options;
    this.#logger = options.logger.child({ cache: options.type.plural });
    this.#contact = new Contact(options.clock, this.#logger);
  }

  /** Starts to list and watch. Call it once; disposing the cache ends it. */
  start(): void {
    invariant(!this.#lifetime, `the cache of ${this.#options.type.plural} runs already`);
    const { client, type, clock, random, namespace, labelSelector, fieldSelector, silenceMs } = this.#options;
    const selection = { namespace, labelSelector, fieldSelector };
    const sink = {
      newest: () => this.#store.newest,
      wanted: { keep: (object: T) => this.#isKept(object), trim: (object: T) => this.#trim(object) },
      listed: (list: ObjectList<T>, floor: string) => this.#listed(list, floor),
      happened: (event: WatchEvent<T>) => this.#happened(event),
    };
    const loop = new WatchLoop<T>({ client, type, selection, sink, contact: this.#contact, clock, random, silenceMs });
    this.#lifetime = new Lifetime(`cache of ${type.plural}`);
    this.#lifetime.run(
      (signal) => loop.run(signal),
      (error) => this.#logger.error('the watch loop broke', { error }),
    );
  }

  /** The object as last seen, or undefined. The namespace is undefined for cluster-scoped kinds. */
  get(namespace: string | undefined, name: string): T | undefined {
    return this.#store.get({ namespace, name });
  }

  /** All objects, in no particular order. */
  list(): readonly T[] {
    return this.#store.values();
  }

  get size(): number {
    return this.#store.size;
  }

  /** Whether the first list has arrived. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Resolves when the first list has arrived. Rejects with `CancelledError` when `signal` aborts. */
  whenSynced(signal: AbortSignal): Promise<void> {
    return abandonable(this.#whenSynced, signal);
  }

  /**
   * When the API server last sent this cache anything, on the monotonic clock in milliseconds; minus infinity if it
   * never did.
   */
  get lastContact(): number {
    return this.#contact.lastContact;
  }

  /** Why the cache may be out of date, for readiness checks. Undefined while it is synced and the API server answers. */
  get trouble(): string | undefined {
    return this.#contact.trouble ?? (this.#synced ? undefined : 'the first list is not in');
  }

  /** Whether there is no {@link trouble}. */
  get healthy(): boolean {
    return this.trouble === undefined;
  }

  /** Adds an index, before or after the start. `keysOf` returns the keys of an object and must be a pure function of it. */
  index(name: string, keysOf: (object: T) => Iterable<string>): void {
    this.#store.addIndex(name, keysOf);
  }

  /** The objects that have `key` in index `name`. Throws `InvariantError` when there is no such index. */
  byIndex(name: string, key: string): readonly T[] {
    return this.#store.byIndex(name, key);
  }

  /** How many objects have `key` in index `name`. Throws `InvariantError` when there is no such index. */
  countByIndex(name: string, key: string): number {
    return this.#store.countByIndex(name, key);
  }

  /**
   * Calls `listener` at once for every object that is here, and then for every change, until the returned handle is
   * disposed.
   */
  subscribe(listener: CacheListener<T>): Disposable {
    const own: CacheListener<T> = (change) => listener(change);
    for (const object of this.#store.values()) this.#notify(own, { type: 'applied', object });
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  }

  /**
   * Stores the API server's answer to a write of this process, so that the writer reads its own write at once. The
   * object must belong to this cache's selection. An answer that isn't newer than what the watch has reported is
   * ignored.
   */
  apply(object: T): void {
    if (!this.#synced || compareVersions(object.metadata.resourceVersion, this.#reported) <= 0) return;
    this.#publish(this.#take(object));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime?.[Symbol.asyncDispose]();
  }

  #listed(list: ObjectList<T>, floor: string): void {
    if (compareVersions(list.resourceVersion, floor) < 0) {
      this.#logger.warn('the API server went back to an older state', { from: floor, to: list.resourceVersion });
    }
    this.#reported = list.resourceVersion;
    const changes = this.#store.replaceAll(list.items, list.resourceVersion, floor);
    this.#synced = true;
    this.#publish(changes);
    this.#sync();
  }

  #happened(event: WatchEvent<T>): void {
    if (event.type === 'BOOKMARK') {
      this.#reported = event.resourceVersion;
      this.#store.see(event.resourceVersion);
      return;
    }
    this.#reported = event.object.metadata.resourceVersion;
    this.#publish(event.type === 'DELETED' ? this.#store.remove(this.#trim(event.object)) : this.#take(event.object));
  }

  #take(object: T): readonly CacheChange<T>[] {
    const isKept = this.#isKept(object);
    const trimmed = this.#trim(object);
    return isKept ? this.#store.put(trimmed) : this.#store.passOver(trimmed);
  }

  #isKept(object: T): boolean {
    const { keep } = this.#options;
    if (keep === undefined) return true;
    const { namespace, name, uid } = object.metadata;
    const kept = this.#store.get({ namespace, name });
    return keep(object, kept?.metadata.uid === uid ? kept : undefined);
  }

  #trim(object: T): T {
    const { managedFields: _, ...metadata } = object.metadata as ObjectMeta & { managedFields?: unknown };
    const bare = { ...object, metadata };
    return this.#options.trim?.(bare) ?? bare;
  }

  #publish(changes: readonly CacheChange<T>[]): void {
    for (const change of changes) for (const listener of this.#listeners) this.#notify(listener, change);
  }

  #notify(listener: CacheListener<T>, change: CacheChange<T>): void {
    try {
      listener(change);
    } catch (error) {
      this.#logger.error('a listener failed', { error });
    }
  }
}

/** Calls `begin` once when all of `caches` are synced, unless `term` ends before. */
export function whenFilled(
  term: Lifetime,
  caches: readonly { whenSynced(signal: AbortSignal): Promise<void> }[],
  begin: () => void,
): void {
  const wait = async (signal: AbortSignal): Promise<void> => {
    await Promise.all(caches.map((cache) => cache.whenSynced(signal)));
    if (!signal.aborted) begin();
  };
  term.run(wait, (error) => {
    throw error;
  });
}
