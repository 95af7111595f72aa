import type { StrategyName } from '../../src/core/index.ts';
import { figure, median, quantile } from '../statistics.ts';
import type { Outcome } from './load.ts';

/** All rounds of one strategy with so many callers and processes, and the plain writes that were made in between. */
export class Series {
  readonly strategy: StrategyName;
  readonly callers: number;
  readonly processes: number;
  readonly #rates: number[] = [];
  readonly #latencies: number[] = [];
  readonly #kilobytes: number[] = [];
  readonly #blocks: number[] = [];
  #written = 0;
  #stale = 0;

  constructor(strategy: StrategyName, callers: number, processes: number) {
    this.strategy = strategy;
    this.callers = callers;
    this.processes = processes;
  }

  /** Adds a round: one outcome for each process. */
  add(outcomes: readonly Outcome[]): void {
    const began = Math.min(...outcomes.map((outcome) => outcome.began));
    const ended = Math.max(...outcomes.map((outcome) => outcome.ended));
    const latencies = outcomes.flatMap((outcome) => outcome.latencies);
    this.#rates.push((latencies.length * 1000) / (ended - began));
    this.#latencies.push(...latencies);
    for (const { written, stale } of outcomes) {
      this.#written += written;
      this.#stale += stale;
    }
  }

  /** Adds the times of plain writes, in milliseconds. */
  addPlain(kilobytes: readonly number[], blocks: readonly number[]): void {
    this.#kilobytes.push(...kilobytes);
    this.#blocks.push(...blocks);
  }

  /** Durable numbers a second, all processes together. */
  get rate(): number {
    return median(this.#rates);
  }

  get p50(): number {
    return median(this.#latencies);
  }

  get p99(): number {
    return quantile(this.#latencies, 0.99);
  }

  /** The median of a plain write of 1 KB. */
  get kilobyte(): number {
    return median(this.#kilobytes);
  }

  /** The 99th percentile of a plain write of 1 KB: what the API server's own pauses make of it. */
  get kilobyteTail(): number {
    return quantile(this.#kilobytes, 0.99);
  }

  /** The median of a plain write as large as a block that fills up. */
  get block(): number {
    return median(this.#blocks);
  }

  /** Numbers that shared a write. */
  get perWrite(): number {
    return this.#latencies.length / this.#written;
  }

  /** Attempts to write that came too late, of all. */
  get staleShare(): number {
    return this.#stale / (this.#written + this.#stale);
  }
}

/** The columns of {@link rowOf}. */
export const columns = [
  'strategy',
  'processes',
  'callers',
  'numbers/s',
  'p50',
  'p99',
  'numbers a write',
  'stale writes',
  'plain 1 KB, p50',
  'p99',
  'plain block, p50',
] as const;

/** A series as a row of the table. */
export function rowOf(series: Series): readonly string[] {
  const { strategy, processes, callers, rate, p50, p99, perWrite, staleShare, kilobyte, kilobyteTail, block } = series;
  const figures = [rate, p50, p99, perWrite].map(figure);
  const plain = [kilobyte, kilobyteTail, block].map(figure);
  return [strategy, String(processes), String(callers), ...figures, `${Math.round(staleShare * 100)} %`, ...plain];
}
