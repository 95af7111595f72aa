import type { Clock } from '../../base/clock.ts';

/** How many statuses of nodes may be written in a second, in the long run. */
const PER_SECOND = 200;
/** How many may be written at once after a rest. */
const AT_ONCE = 100;

/** Keeps the writes of all nodes together below a rate: the API server has others to serve. */
export class PatchRate {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #left = AT_ONCE;
  #since: number;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  /** How long to wait before the next write, in milliseconds. */
  get restMs(): number {
    this.#refill();
    return this.#left >= 1 ? 0 : Math.ceil(((1 - this.#left) * 1000) / PER_SECOND);
  }

  /** To be called with each write. */
  wrote(): void {
    this.#refill();
    this.#left--;
  }

  #refill(): void {
    const now = this.#clock.monotonic();
    this.#left = Math.min(AT_ONCE, this.#left + ((now - this.#since) * PER_SECOND) / 1000);
    this.#since = now;
  }
}
