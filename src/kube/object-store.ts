import { InvariantError } from '../base/result.ts';
import { compareVersions, formatKey, keyOf } from './resource.ts';
import type { KubeObject, ObjectKey } from './resource.ts';

/**
 * A change of one object. An object that was deleted and created again (with another UID) is reported as a deletion and
 * then as applied.
 */
export type CacheChange<T> =
  | { readonly type: 'applied'; readonly object: T; readonly previous?: T }
  | { readonly type: 'deleted'; readonly object: T };

/** Whether `change` is the first sight of an object or its deletion, and not an update. */
export function cameOrWent(change: CacheChange<unknown>): boolean {
  return change.type === 'deleted' || change.previous === undefined;
}

interface Index<T> {
  readonly keysOf: (object: T) => Iterable<string>;
  readonly entries: Map<string, Map<string, T>>;
}

/** The objects of one kind, with indexes. It does no I/O. No change ever replaces an object by an older version. */
export class ObjectStore<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();
  #newest = '';

  /** The newest resource version seen so far; empty if none. */
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

  /** Adds an index. Throws `InvariantError` if there is one of this name. */
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

  /** Stores `object`, unless the same or a newer version is stored. */
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

  /** Removes `object`, unless the stored version is newer than its deletion. */
  remove(object: T): readonly CacheChange<T>[] {
    this.see(object.metadata.resourceVersion);
    const held = this.#objects.get(keyOf(object));
    if (!held || compareVersions(object.metadata.resourceVersion, held.metadata.resourceVersion) < 0) return [];
    this.#drop(held);
    return [{ type: 'deleted', object }];
  }

  /**
   * Records a version of an object that isn't to be stored, and removes an older version of it, or an earlier object of
   * its name.
   */
  passOver(object: T): readonly CacheChange<T>[] {
    const held = this.#objects.get(keyOf(object));
    if (held === undefined || held.metadata.uid === object.metadata.uid) return this.remove(object);
    this.see(object.metadata.resourceVersion);
    if (compareVersions(object.metadata.resourceVersion, held.metadata.resourceVersion) < 0) return [];
    this.#drop(held);
    return [{ type: 'deleted', object: held }];
  }

  /**
   * Becomes what a list contained at `version`. A stored object that is newer than the list stays: the watch that
   * follows reports its changes.
   * @param floor the value of `newest` before the list was requested. A list that is older than `floor` means that the
   * API server's storage went back, for example to a backup. Then the list replaces everything that is stored.
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

  /** Records that everything up to `version` has been reported. */
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
