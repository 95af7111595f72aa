import { CancelledError } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { backoffMs } from '../kube/index.ts';
import type { BackoffShape } from '../kube/index.ts';

/** What a queue needs. */
interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The waits between failures of one key; default 5 ms, doubling up to 30 s. */
  readonly backoff?: BackoffShape;
  /** Called with the number of keys that wait for a worker, whenever it changes. */
  readonly onDepth?: (depth: number) => void;
}

const defaultBackoff: BackoffShape = { firstMs: 5, capMs: 30_000 };
/** Timers count with 31 bits. It does no harm if a key comes after 24 days instead of later. */
const longestDelayMs = 2 ** 31 - 1;

interface Delay {
  readonly due: number;
  readonly timer: Disposable;
}

/**
 * Keys that wait for work, each at most once, in the order in which they were first added. A key that was taken isn't
 * given out again until it is done. If it is added meanwhile, it returns to the queue once, when it is done. After
 * disposal the queue accepts nothing.
 */
export class WorkQueue implements Disposable {
  readonly #options: WorkQueueOptions;
  readonly #ready = new Set<string>();
  // The same iterator is used on and on: keys are removed at the front, and a new iterator would have to skip all the
  // gaps that they left.
  #front = this.#ready.values();
  readonly #busy = new Set<string>();
  readonly #againAfterwards = new Set<string>();
  readonly #delays = new Map<string, Delay>();
  readonly #failures = new Map<string, number>();
  readonly #takers = new Set<(key: string) => void>();
  #ended = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** How many keys wait for a worker. Keys in work and delayed keys don't count. */
  get depth(): number {
    return this.#ready.size;
  }

  /** Adds `key`. Does nothing if it waits already. */
  add(key: string): void {
    if (this.#ended) return;
    if (this.#busy.has(key)) {
      this.#againAfterwards.add(key);
      return;
    }
    if (this.#ready.has(key)) return;
    this.#ready.add(key);
    this.#dispatch();
  }

  /** Adds `key` in `delayMs`, or earlier if an earlier call asked for that. */
  addAfter(key: string, delayMs: number): void {
    if (!(delayMs > 0)) return this.add(key);
    if (this.#ended) return;
    const { clock } = this.#options;
    const wait = Math.min(delayMs, longestDelayMs);
    const due = clock.monotonic() + wait;
    const known = this.#delays.get(key);
    if (known && known.due <= due) return;
    known?.timer[Symbol.dispose]();
    const timer = clock.schedule(wait, () => {
      this.#delays.delete(key);
      this.add(key);
    });
    this.#delays.set(key, { due, timer });
  }

  /**
   * Adds `key` after a wait that grows with each failure, until {@link forget}.
   * @param atLeastMs the wait is no shorter than this
   * @returns the wait in milliseconds
   */
  retry(key: string, atLeastMs = 0): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const wait = Math.max(
      atLeastMs,
      backoffMs(this.#options.backoff ?? defaultBackoff, failures, this.#options.random),
    );
    this.addAfter(key, wait);
    return wait;
  }

  /** Makes the next failure of `key` count as its first. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /**
   * Takes the next key, as soon as there is one. The taker must call {@link done} when it has finished. Rejects with
   * `CancelledError` when `signal` aborts.
   */
  take(signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new CancelledError(signal.reason));
      const take = (key: string): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(key);
      };
      const giveUp = (): void => {
        this.#takers.delete(take);
        reject(new CancelledError(signal.reason));
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#takers.add(take);
      this.#dispatch();
    });
  }

  /** Call this when the taker of `key` has finished. */
  done(key: string): void {
    this.#busy.delete(key);
    if (this.#againAfterwards.delete(key)) this.add(key);
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    for (const { timer } of this.#delays.values()) timer[Symbol.dispose]();
    for (const keys of [this.#delays, this.#failures, this.#ready, this.#againAfterwards]) keys.clear();
    this.#options.onDepth?.(0);
  }

  #dispatch(): void {
    for (const take of this.#takers) {
      const key = this.#shift();
      if (key === undefined) break;
      this.#takers.delete(take);
      this.#busy.add(key);
      take(key);
    }
    this.#options.onDepth?.(this.#ready.size);
  }

  #shift(): string | undefined {
    let first = this.#front.next();
    if (first.done) {
      // The iterator had reached its end before the newest keys were added.
      this.#front = this.#ready.values();
      first = this.#front.next();
    }
    if (first.done) return undefined;
    this.#ready.delete(first.value);
    return first.value;
  }
}
