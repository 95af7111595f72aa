import type { Timing } from './callers.ts';
import { worst } from './pauses.ts';
import type { Pauses } from './pauses.ts';
import { figure, median, quantile } from './statistics.ts';

/** How fast and how late something was, over some rounds. */
export class Rates {
  readonly #rates: number[] = [];
  readonly #latencies: number[] = [];
  #pauses: Pauses | undefined;

  /** Adds a round in which it happened `count` times. */
  addRound(count: number, { seconds, latencies }: Timing): void {
    this.#rates.push(count / seconds);
    this.#latencies.push(...latencies);
  }

  /** Adds how the managers' event loops paused meanwhile, where there are managers. */
  addPauses(pauses: Pauses | undefined): void {
    if (pauses === undefined) return;
    this.#pauses = this.#pauses === undefined ? pauses : worst([this.#pauses, pauses]);
  }

  /** The worst of all rounds. */
  get pauses(): Pauses | undefined {
    return this.#pauses;
  }

  /** Times a second, of the round in the middle. */
  get rate(): number {
    return median(this.#rates);
  }

  /** The slowest and the fastest round. */
  get spread(): string {
    return `${figure(Math.min(...this.#rates))}–${figure(Math.max(...this.#rates))}`;
  }

  get p50(): number {
    return median(this.#latencies);
  }

  get p99(): number {
    return quantile(this.#latencies, 0.99);
  }
}
