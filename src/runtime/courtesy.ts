import { CancelledError } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';

/** How far work yields. */
export interface CourtesyTerms {
  /** After how long without a sign of other work nothing counts as busy, in milliseconds. */
  readonly calmAfterMs: number;
  /** How many tasks run at once while nothing is busy. */
  readonly atOnce: number;
}

/**
 * For background work: while other work is busy, tasks run one by one, so that they are slower if the server that all
 * of them use is slower, and never stop.
 */
export class Courtesy {
  readonly #clock: Clock;
  readonly #terms: CourtesyTerms;
  readonly #waiting = new Set<() => void>();
  #running = 0;
  #lastBusy = -Infinity;

  constructor(clock: Clock, terms: CourtesyTerms) {
    this.#clock = clock;
    this.#terms = terms;
  }

  /** To be called when other work is busy. */
  busy(): void {
    this.#lastBusy = this.#clock.monotonic();
  }

  /** Runs `task` when it is its turn, in order of arrival. Rejects with `CancelledError` if `signal` aborts before. */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#turn(signal);
    try {
      return await task();
    } finally {
      this.#running--;
      this.#admit();
    }
  }

  get #limit(): number {
    const { calmAfterMs, atOnce } = this.#terms;
    return this.#clock.monotonic() - this.#lastBusy >= calmAfterMs ? atOnce : 1;
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.delete(go);
        reject(new CancelledError(signal.reason));
      };
      if (signal.aborted) return giveUp();
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(go);
      this.#admit();
    });
  }

  /** No task waits while none runs, so it is enough to check again when a task ends. */
  #admit(): void {
    const limit = this.#limit;
    for (const go of this.#waiting) {
      if (this.#running >= limit) return;
      this.#running++;
      this.#waiting.delete(go);
      go();
    }
  }
}
