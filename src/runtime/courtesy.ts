import { CancelledError } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';

/** When and how far background tasks give way. */
interface CourtesyTerms {
  /** After this long without a call of {@link Courtesy.busy} the other work counts as over, in milliseconds. */
  readonly calmAfterMs: number;
  /** How many tasks run at once when there is no other work. */
  readonly atOnce: number;
}

/**
 * Runs background tasks that give way to other work. While there is other work, tasks run one at a time. So they slow
 * down with the API server that all of them use, and never stop.
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

  /** Records that there is other work now. */
  busy(): void {
    this.#lastBusy = this.#clock.monotonic();
  }

  /**
   * Runs `task` in its turn: first come, first served. Rejects with `CancelledError` if `signal` aborts before it
   * starts.
   */
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

  /** Tasks wait only while another one runs, so it is enough to call this when a task is added or ends. */
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
