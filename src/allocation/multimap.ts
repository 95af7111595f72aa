const NOTHING: readonly never[] = [];

/** Sets of items by key. An item may be under any number of keys. */
export class Multimap<K, T> {
  readonly #byKey = new Map<K, Set<T>>();

  keys(): Iterable<K> {
    return this.#byKey.keys();
  }

  of(key: K): Iterable<T> {
    return this.#byKey.get(key) ?? NOTHING;
  }

  add(key: K, item: T): void {
    const items = this.#byKey.get(key);
    if (items === undefined) this.#byKey.set(key, new Set([item]));
    else items.add(item);
  }

  /** Does nothing if `item` isn't under `key`. */
  delete(key: K, item: T): void {
    const items = this.#byKey.get(key);
    items?.delete(item);
    if (items?.size === 0) this.#byKey.delete(key);
  }
}
