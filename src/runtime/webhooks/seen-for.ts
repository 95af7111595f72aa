import type { Clock } from '../../base/clock.ts';

/**
 * Measures how long something has been unchanged, on this process's monotonic clock, from when this process first saw
 * it. So a replica that restarts waits again, and no other process's clock matters.
 */
export class SeenFor {
  readonly #clock: Clock;
  #what: string | undefined;
  #since = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Records the present value. Returns for how many milliseconds it has been the same, or undefined if there is no
   * value.
   */
  note(what: string | undefined): number | undefined {
    const now = this.#clock.monotonic();
    if (what !== this.#what) this.#since = now;
    this.#what = what;
    return what === undefined ? undefined : now - this.#since;
  }
}
