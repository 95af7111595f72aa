/** After so long nobody waits for a burst any more, in milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Which instances are about to get pods. As long as there are any, what only tells of pods gives way to what makes them:
 * a thousand pods come sooner when the reports about the first don't stand in the way of the last.
 */
export class Burst {
  readonly #making = new Map<string, number>();
  readonly #waiting = new Map<string, number>();

  /** Notes whether the instance `key` is about to get pods. */
  note(key: string, isMaking: boolean, nowMs: number): void {
    if (!isMaking) this.#making.delete(key);
    else if (!this.#making.has(key)) this.#making.set(key, nowMs);
  }

  /** Whether the report about `key` should wait; never for long. */
  holdsBack(key: string, nowMs: number): boolean {
    const isLasting = [...this.#making].some(([other, sinceMs]) => other !== key && nowMs - sinceMs < PATIENCE_MS);
    const sinceMs = this.#waiting.get(key) ?? nowMs;
    if (!isLasting || nowMs - sinceMs >= PATIENCE_MS) {
      this.#waiting.delete(key);
      return false;
    }
    this.#waiting.set(key, sinceMs);
    return true;
  }

  /** The instance `key` is gone. */
  forget(key: string): void {
    this.#making.delete(key);
    this.#waiting.delete(key);
  }
}
