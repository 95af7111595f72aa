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

/** What a cache is made of; the selection says which objects it holds. */
export interface ResourceCacheOptions<T extends KubeObject> extends Selection {
  readonly client: WatchSource;
  readonly type: ResourceType<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Gives what is worth keeping of an object; name, namespace, UID and resource version must stay. */
  readonly trim?: (object: T) => T;
  /**
   * Which objects are kept; default all. Asked of an object as it comes, with what is kept of it so far, if anything. One that
   * isn't kept is no different from one that isn't there: one that was is told as deleted, in its new version.
   */
  readonly keep?: (object: T, kept: T | undefined) => boolean;
  /** After how long without any byte the watch counts as dead; default 100,000 ms (bookmarks come every minute). */
  readonly silenceMs?: number;
}

/** Is told of every change, in order. What it throws is logged and goes no further. */
export type CacheListener<T> = (change: CacheChange<T>) => void;

/**
 * A copy of the objects of one kind, kept by list and watch. Objects are shared: whoever changes one copies it first.
 * They come without `managedFields`.
 */
export class ResourceCache<T extends KubeObject> implements AsyncDisposable {
  readonly #options: ResourceCacheOptions<T>;
  readonly #store = new ObjectStore<T>();
  readonly #listeners = new Set<CacheListener<T>>();
  readonly #contact: Contact;
  readonly #logger: Logger;
  #lifetime: Lifetime | undefined;
  #told = '';
  #synced = false;
  #sync: () => void = () => undefined;
  readonly #whenSynced = new Promise<void>((resolve) => (this.#sync = resolve));

  constructor(options: ResourceCacheOptions<T>) {
    this.#options = options;
    this.#logger = options.logger.child({ cache: options.type.plural });
    this.#contact = new Contact(options.clock, this.#logger);
  }

  /** Begins to list and watch; once. Ended by disposing the cache. */
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

  /** The object as last seen; the namespace is undefined for cluster-scoped kinds. */
  get(namespace: string | undefined, name: string): T | undefined {
    return this.#store.get({ namespace, name });
  }

  /** All objects, in no promised order. */
  list(): readonly T[] {
    return this.#store.values();
  }

  get size(): number {
    return this.#store.size;
  }

  /** Whether the first list is in. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Resolves when the first list is in. */
  whenSynced(signal: AbortSignal): Promise<void> {
    return abandonable(this.#whenSynced, signal);
  }

  /** When the API server last said anything to this cache, on the monotonic clock, in milliseconds. */
  get lastContact(): number {
    return this.#contact.lastContact;
  }

  /** Why the cache may be behind: undefined when it is synced and the API server answers. For readiness checks. */
  get trouble(): string | undefined {
    return this.#contact.trouble ?? (this.#synced ? undefined : 'the first list is not in');
  }

  /** Whether there is no {@link trouble}. */
  get healthy(): boolean {
    return this.trouble === undefined;
  }

  /** Adds an index, before or after the start. `keysOf` must be a pure function of the object. */
  index(name: string, keysOf: (object: T) => Iterable<string>): void {
    this.#store.addIndex(name, keysOf);
  }

  /** The objects that index `name` files under `key`; `InvariantError` when there is no such index. */
  byIndex(name: string, key: string): readonly T[] {
    return this.#store.byIndex(name, key);
  }

  /** How many objects index `name` files under `key`. */
  countByIndex(name: string, key: string): number {
    return this.#store.countByIndex(name, key);
  }

  /** Calls `listener` for what is here already, at once, and then for every change, until the handle is disposed. */
  subscribe(listener: CacheListener<T>): Disposable {
    const own: CacheListener<T> = (change) => listener(change);
    for (const object of this.#store.values()) this.#tell(own, { type: 'applied', object });
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  }

  /**
   * Takes in what the API server answered to a write of ours, so that the writer reads its own write. The object must
   * belong to this cache's selection. What the watch has told already, or has overtaken, is ignored.
   */
  apply(object: T): void {
    if (!this.#synced || compareVersions(object.metadata.resourceVersion, this.#told) <= 0) return;
    this.#publish(this.#take(object));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime?.[Symbol.asyncDispose]();
  }

  #listed(list: ObjectList<T>, floor: string): void {
    if (compareVersions(list.resourceVersion, floor) < 0) {
      this.#logger.warn('the API server went back to an older state', { from: floor, to: list.resourceVersion });
    }
    this.#told = list.resourceVersion;
    const changes = this.#store.replaceAll(list.items, list.resourceVersion, floor);
    this.#synced = true;
    this.#publish(changes);
    this.#sync();
  }

  #happened(event: WatchEvent<T>): void {
    if (event.type === 'BOOKMARK') {
      this.#told = event.resourceVersion;
      this.#store.see(event.resourceVersion);
      return;
    }
    this.#told = event.object.metadata.resourceVersion;
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
    for (const change of changes) for (const listener of this.#listeners) this.#tell(listener, change);
  }

  #tell(listener: CacheListener<T>, change: CacheChange<T>): void {
    try {
      listener(change);
    } catch (error) {
      this.#logger.error('a listener failed', { error });
    }
  }
}
