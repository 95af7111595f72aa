import { InvariantError } from '../base/result.ts';
import { compareVersions, formatKey, keyOf } from './resource.ts';
import type { KubeObject, ObjectKey } from './resource.ts';

/** What happened to one object. A recreated object (another UID) is told as a deletion and an application. */
export type CacheChange<T> =
  | { readonly type: 'applied'; readonly object: T; readonly previous?: T }
  | { readonly type: 'deleted'; readonly object: T };

/** Whether an object came or went: what changes of one that stays is no matter. */
export function cameOrWent(change: CacheChange<unknown>): boolean {
  return change.type === 'deleted' || change.previous === undefined;
}

interface Index<T> {
  readonly keysOf: (object: T) => Iterable<string>;
  readonly entries: Map<string, Map<string, T>>;
}

/** The objects of one kind with their indexes. Pure bookkeeping: no change ever takes an object back to an older version. */
export class ObjectStore<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();
  #newest = '';

  /** The newest resource version of anything seen; empty before. */
  get newest(): string {
    return this.#newest;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(formatKey(key));
  }

  values(): readonly T[] {
    return [...this.#objects.values()];
  }

  /** Adds an index; a second one of that name is a fault. */
  addIndex(name: string, keysOf: (object: T) => Iterable<string>): void {
    if (this.#indexes.has(name)) throw new InvariantError(`index ${name} is there already`);
    const index: Index<T> = { keysOf, entries: new Map() };
    this.#indexes.set(name, index);
    for (const object of this.#objects.values()) enter(index, object);
  }

  byIndex(name: string, key: string): readonly T[] {
    return [...(this.#index(name).entries.get(key)?.values() ?? [])];
  }

  countByIndex(name: string, key: string): number {
    return this.#index(name).entries.get(key)?.size ?? 0;
  }

  /** Takes `object` in, unless a version as new is here. */
  put(object: T): readonly CacheChange<T>[] {
    const previous = this.#objects.get(keyOf(object));
    if (previous && compareVersions(object.metadata.resourceVersion, previous.metadata.resourceVersion) <= 0) return [];
    this.#set(object, previous);
    if (previous === undefined) return [{ type: 'applied', object }];
    if (previous.metadata.uid === object.metadata.uid) return [{ type: 'applied', object, previous }];
    return [
      { type: 'deleted', object: previous },
      { type: 'applied', object },
    ];
  }

  /** Takes `object` out, unless what is here is newer than its deletion. */
  remove(object: T): readonly CacheChange<T>[] {
    this.see(object.metadata.resourceVersion);
    const held = this.#objects.get(keyOf(object));
    if (!held || compareVersions(object.metadata.resourceVersion, held.metadata.resourceVersion) < 0) return [];
    this.#drop(held);
    return [{ type: 'deleted', object }];
  }

  /** Notes `object`, which isn't to be held, and takes out what is held of an older version, or under its name. */
  passOver(object: T): readonly CacheChange<T>[] {
    const held = this.#objects.get(keyOf(object));
    if (held === undefined || held.metadata.uid === object.metadata.uid) return this.remove(object);
    this.see(object.metadata.resourceVersion);
    if (compareVersions(object.metadata.resourceVersion, held.metadata.resourceVersion) < 0) return [];
    this.#drop(held);
    return [{ type: 'deleted', object: held }];
  }

  /**
   * Becomes what a list showed at `version`. What is held and newer than the list stays: the watch that follows tells of it.
   * @param floor what `newest` was before the list was asked for. A list older than that means that the server's storage
   * went back (a restored backup): then the list is the truth, whatever is held.
   */
  replaceAll(items: readonly T[], version: string, floor: string): readonly CacheChange<T>[] {
    const wentBack = compareVersions(version, floor) < 0;
    const changes: CacheChange<T>[] = [];
    const listed = new Set(items.map((item) => keyOf(item)));
    for (const held of this.#objects.values()) {
      if (listed.has(keyOf(held)) || (!wentBack && compareVersions(held.metadata.resourceVersion, version) > 0))
        continue;
      this.#drop(held);
      changes.push({ type: 'deleted', object: held });
    }
    for (const item of items) {
      const held = wentBack ? this.#objects.get(keyOf(item)) : undefined;
      if (held && held.metadata.resourceVersion !== item.metadata.resourceVersion) this.#drop(held);
      changes.push(...this.put(item));
    }
    if (wentBack) this.#newest = version;
    this.see(version);
    return changes;
  }

  /** Everything up to `version` was told. */
  see(version: string): void {
    if (compareVersions(version, this.#newest) > 0) this.#newest = version;
  }

  #index(name: string): Index<T> {
    const index = this.#indexes.get(name);
    if (!index) throw new InvariantError(`there is no index ${name}`);
    return index;
  }

  #set(object: T, previous: T | undefined): void {
    if (previous) this.#drop(previous);
    this.#objects.set(keyOf(object), object);
    for (const index of this.#indexes.values()) enter(index, object);
    this.see(object.metadata.resourceVersion);
  }

  #drop(object: T): void {
    this.#objects.delete(keyOf(object));
    for (const index of this.#indexes.values()) leave(index, object);
  }
}

function enter<T extends KubeObject>(index: Index<T>, object: T): void {
  for (const key of index.keysOf(object)) {
    const group = index.entries.get(key) ?? new Map<string, T>();
    group.set(keyOf(object), object);
    index.entries.set(key, group);
  }
}

function leave<T extends KubeObject>(index: Index<T>, object: T): void {
  for (const key of index.keysOf(object)) {
    const group = index.entries.get(key);
    group?.delete(keyOf(object));
    if (group?.size === 0) index.entries.delete(key);
  }
}
