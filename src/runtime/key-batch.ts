import type { Clock } from '../base/clock.ts';

/** When a batch is delivered, in milliseconds. */
interface BatchTimes {
  /** After this long without a new key. */
  readonly lullMs: number;
  /** But no later than this after its first key. */
  readonly atMostMs: number;
}

/**
 * Collects keys while they keep coming, and delivers them together: for work that is cheaper together, or that can
 * wait.
 */
export class KeyBatch implements Disposable {
  readonly #clock: Clock;
  readonly #times: BatchTimes;
  readonly #handOn: (keys: readonly string[]) => void;
  #keys = new Set<string>();
  #began = 0;
  #timer: Disposable | undefined;

  constructor(clock: Clock, times: BatchTimes, handOn: (keys: readonly string[]) => void) {
    this.#clock = clock;
    this.#times = times;
    this.#handOn = handOn;
  }

  /** Adds a key. A key that is in the batch already doesn't count as new. */
  add(key: string): void {
    if (this.#keys.has(key)) return;
    const now = this.#clock.monotonic();
    if (this.#keys.size === 0) this.#began = now;
    this.#keys.add(key);
    const { lullMs, atMostMs } = this.#times;
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.schedule(Math.max(0, Math.min(lullMs, this.#began + atMostMs - now)), () =>
      this.#flush(),
    );
  }

  /** Drops the batch. Nothing is delivered any more. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#keys.clear();
  }

  #flush(): void {
    const keys = [...this.#keys];
    this.#keys = new Set();
    this.#timer = undefined;
    this.#handOn(keys);
  }
}
