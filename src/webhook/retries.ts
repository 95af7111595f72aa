import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';

/**
 * A create that failed is repeated. One that is this old, in milliseconds, and whose pod hasn't been seen has most
 * likely failed. A create that is only slow must not be taken for a failed one: of two pods with one name the API
 * server refuses the second.
 */
const SETTLED_MS = 5_000;

/** How many creates of one controller are remembered; of a burst the latest are most useful. */
const REMEMBERED_OF_EACH = 64;
const REMEMBERED_CONTROLLERS = 1_024;

interface Attempt {
  readonly name: string;
  readonly at: number;
}

/**
 * Remembers the names under which pods were admitted, so that a controller whose creates are refused later (by a quota
 * or another webhook) is served with the same numbers again instead of new ones each time. A wrong guess is harmless:
 * the name is the same, and the API server accepts it once.
 */
export class Retries {
  readonly #clock: Clock;
  readonly #lifeMs: number;
  readonly #attempts = new LRUCache<string, readonly Attempt[]>({ max: REMEMBERED_CONTROLLERS });

  /** @param lifeMs how long a reservation lives, in milliseconds */
  constructor(clock: Clock, lifeMs: number) {
    this.#clock = clock;
    this.#lifeMs = lifeMs;
  }

  /** Remembers that a pod with fingerprint `print` was admitted. */
  note(print: string, name: string): void {
    const known = this.#attempts.get(print) ?? [];
    this.#attempts.set(print, [...known.slice(1 - REMEMBERED_OF_EACH), { name, at: this.#clock.monotonic() }]);
  }

  /**
   * Takes out the name of an earlier attempt of `print` that has most likely failed; `isOpen` says whether its
   * reservation still exists.
   */
  take(print: string, isOpen: (name: string) => boolean): string | undefined {
    const now = this.#clock.monotonic();
    const known = this.#attempts.get(print)?.filter(({ at }) => now - at < this.#lifeMs) ?? [];
    const found = known.find(({ at, name }) => now - at >= SETTLED_MS && isOpen(name));
    const rest = known.filter((attempt) => attempt !== found);
    if (rest.length === 0) this.#attempts.delete(print);
    else this.#attempts.set(print, rest);
    return found?.name;
  }
}
