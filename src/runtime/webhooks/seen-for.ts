import type { Clock } from '../../base/clock.ts';

/**
 * How long something has been unchanged, by the own monotonic clock, since this replica first saw it: a replica that
 * starts waits from its start, and no other clock counts.
 */
export class SeenFor {
  readonly #clock: Clock;
  #what: string | undefined;
  #since = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Records what is seen now; returns for how many milliseconds it has been the same, undefined if nothing is seen. */
  note(what: string | undefined): number | undefined {
    const now = this.#clock.monotonic();
    if (what !== this.#what) this.#since = now;
    this.#what = what;
    return what === undefined ? undefined : now - this.#since;
  }
}
