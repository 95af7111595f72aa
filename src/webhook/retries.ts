import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';

/**
 * A create that failed is made again; one that is this old and whose pod isn't seen has most likely failed. Creates that
 * are only slow must not be taken for failed ones: of two with one name the API server refuses the second.
 */
const SETTLED_MS = 5_000;

/** How many creates of one controller are remembered; of a burst the latest are worth most. */
const REMEMBERED_OF_EACH = 64;
const REMEMBERED_CONTROLLERS = 1_024;

interface Attempt {
  readonly name: string;
  readonly at: number;
}

/**
 * Remembers under which names pods were let in, so that a controller whose creates are refused by somebody behind us (a
 * quota, another webhook) tries again with the same numbers instead of new ones each time. A wrong guess is harmless: the
 * name is the same, and the API server takes it once.
 */
export class Retries {
  readonly #clock: Clock;
  readonly #lifeMs: number;
  readonly #attempts = new LRUCache<string, readonly Attempt[]>({ max: REMEMBERED_CONTROLLERS });

  /** @param lifeMs how long a reservation lives */
  constructor(clock: Clock, lifeMs: number) {
    this.#clock = clock;
    this.#lifeMs = lifeMs;
  }

  /** Notes that a pod of `print` was let in. */
  note(print: string, name: string): void {
    const known = this.#attempts.get(print) ?? [];
    this.#attempts.set(print, [...known.slice(1 - REMEMBERED_OF_EACH), { name, at: this.#clock.monotonic() }]);
  }

  /** Takes out the name of an earlier attempt of `print` that has most likely failed; `isOpen` says whether its reservation still stands. */
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
