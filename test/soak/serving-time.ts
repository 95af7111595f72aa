import type { Clock } from '../../src/base/clock.ts';

/**
 * Counts the time in which a tenant may expect to be served: while the API server answers and at least one manager that the
 * webhooks reach has said that it is ready. It stands still while there is none. A manager that has said so counts until it
 * is killed or stopped or the API server goes, whatever it says in between: slowness of the product is no excuse for it.
 */
export class ServingTime {
  readonly #clock: Clock;
  readonly #serving = new Set<string>();
  #sum = 0;
  /** Since when, while it runs. */
  #since: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** So far, in milliseconds. */
  get ms(): number {
    return this.#sum + (this.#since === undefined ? 0 : this.#clock.monotonic() - this.#since);
  }

  has(manager: string): boolean {
    return this.#serving.has(manager);
  }

  add(manager: string): void {
    this.#serving.add(manager);
    this.#since ??= this.#clock.monotonic();
  }

  remove(manager: string): void {
    this.#serving.delete(manager);
    if (this.#serving.size > 0 || this.#since === undefined) return;
    this.#sum += this.#clock.monotonic() - this.#since;
    this.#since = undefined;
  }
}
