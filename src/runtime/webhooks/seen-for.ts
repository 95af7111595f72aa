import type { Clock } from '../../base/clock.ts';

/**
 * For how long something has been as it is, on our own monotonic clock, since we first saw it: a replica that starts
 * anew waits anew, and nobody else's clock counts.
 */
export class SeenFor {
  readonly #clock: Clock;
  #what: string | undefined;
  #since = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes what is seen now; answers for how many milliseconds it has been that, undefined where nothing is seen. */
  note(what: string | undefined): number | undefined {
    const now = this.#clock.monotonic();
    if (what !== this.#what) this.#since = now;
    this.#what = what;
    return what === undefined ? undefined : now - this.#since;
  }
}
