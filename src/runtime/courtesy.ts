import { CancelledError } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';

/** How far work gives way. */
export interface CourtesyTerms {
  /** Nobody is busy any more after so long without a sign of it, in milliseconds. */
  readonly calmAfterMs: number;
  /** How many run at once while nobody is busy. */
  readonly atOnce: number;
}

/**
 * For work that gives way to others: as long as they are busy it goes on one by one, so that it is slower where the server that
 * all of them ask is slower, and never stands still.
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

  /** Somebody is busy now. */
  busy(): void {
    this.#lastBusy = this.#clock.monotonic();
  }

  /** Runs `task` when it is its turn: first come, first served. Rejects with `CancelledError` if `signal` aborts before. */
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

  /** Nobody waits while nothing runs, so that the end of whatever runs is soon enough to look again. */
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
