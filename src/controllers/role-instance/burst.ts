/** How long a burst may delay reports, in milliseconds. */
const LONGEST_DELAY_MS = 10_000;

/**
 * The instances that are about to get pods. While there are any, reports (annotations and statuses) wait, so that they don't
 * delay the creation of pods: the last of a thousand pods exists sooner.
 */
export class Burst {
  /** The keys of all instances that were met. */
  readonly #observed = new Set<string>();
  /** By key, since when an instance is about to get pods. */
  readonly #making = new Map<string, number>();
  /** By key, since when the report about an instance waits. */
  readonly #waiting = new Map<string, number>();

  /** Records an instance that the cache shows. One that `isNew` when it is met first is about to get pods. */
  observe(key: string, isNew: boolean, nowMs: number): void {
    if (!this.#observed.has(key) && isNew) this.note(key, true, nowMs);
    this.#observed.add(key);
  }

  /** Records whether the instance `key` is about to get pods. */
  note(key: string, isMaking: boolean, nowMs: number): void {
    if (!isMaking) this.#making.delete(key);
    else if (!this.#making.has(key)) this.#making.set(key, nowMs);
  }

  /** Whether the report about `key` has to wait: because other instances are about to get pods, and for 10 s at most. */
  holdsBack(key: string, nowMs: number): boolean {
    const isLasting = [...this.#making].some(([other, sinceMs]) => other !== key && nowMs - sinceMs < LONGEST_DELAY_MS);
    const sinceMs = this.#waiting.get(key) ?? nowMs;
    if (!isLasting || nowMs - sinceMs >= LONGEST_DELAY_MS) {
      this.#waiting.delete(key);
      return false;
    }
    this.#waiting.set(key, sinceMs);
    return true;
  }

  /** Removes the instance `key`, which is gone. */
  forget(key: string): void {
    this.#observed.delete(key);
    this.#making.delete(key);
    this.#waiting.delete(key);
  }
}
