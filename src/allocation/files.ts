const NOTHING: readonly never[] = [];

/** What is filed under words, each under any number of them. */
export class Files<T> {
  readonly #byWord = new Map<string, Set<T>>();

  keys(): Iterable<string> {
    return this.#byWord.keys();
  }

  of(word: string): Iterable<T> {
    return this.#byWord.get(word) ?? NOTHING;
  }

  add(word: string, item: T): void {
    const items = this.#byWord.get(word);
    if (items === undefined) this.#byWord.set(word, new Set([item]));
    else items.add(item);
  }

  /** Deleting what isn't there is a no-op. */
  delete(word: string, item: T): void {
    const items = this.#byWord.get(word);
    items?.delete(item);
    if (items?.size === 0) this.#byWord.delete(word);
  }
}
