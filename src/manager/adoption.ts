import { isCancellation, pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';

/** The time between two attempts, in milliseconds. */
const AGAIN_MS = 1_000;

/** The adoption of existing holders, which comes before any request is served. */
export class Adoption {
  readonly #adopt: (signal: AbortSignal) => Promise<void>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #isDone = false;

  constructor(adopt: (signal: AbortSignal) => Promise<void>, clock: Clock, logger: Logger) {
    this.#adopt = adopt;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Whether it has succeeded. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Trouble at the start is no reason to end the process: readiness reports it, and the API server will come back. */
  async untilDone(signal: AbortSignal): Promise<void> {
    while (!this.#isDone) {
      try {
        await this.#adopt(signal);
        this.#isDone = true;
      } catch (error) {
        if (isCancellation(error, signal)) throw error;
        this.#logger.warn('the holders that are there could not be adopted, to be tried again', { error });
        await pause(this.#clock, AGAIN_MS, signal);
      }
    }
  }
}
