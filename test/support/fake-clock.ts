import type { Clock } from '../../src/base/clock.ts';

interface Timer {
  readonly due: number;
  readonly task: () => void;
}

/** Time that only a test moves. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #elapsed = 0;
  #wallAhead = 0;

  now(): number {
    return Date.UTC(2026, 0, 1) + this.#elapsed + this.#wallAhead;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  schedule(delayMs: number, task: () => void): Disposable {
    const timer = { due: this.#elapsed + Math.max(0, delayMs), task };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  /** How many timers are set: a test that ends with some has left something running. */
  get pending(): number {
    return this.#timers.size;
  }

  /** The process was stopped for `ms` and goes on: time has passed, and no timer has said so yet. */
  stopFor(ms: number): void {
    this.#elapsed += ms;
  }

  /** The machine was suspended for `ms`, or its wall clock was set: the monotonic clock knows nothing of it. */
  moveWall(ms: number): void {
    this.#wallAhead += ms;
  }

  /**
   * Lets `ms` pass: calls what is due in the order of time, and lets whatever each call set going come to rest before
   * the next, so that a timer set by it is in time too.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.#elapsed = Math.max(this.#elapsed, timer.due);
      timer.task();
      await settle();
    }
    // Whoever was stopped meanwhile has gone on later than that.
    this.#elapsed = Math.max(this.#elapsed, end);
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (timer.due <= end && (!next || timer.due < next.due)) next = timer;
    return next;
  }
}

/** Turns of the event loop. On a busy machine long work gives way to others a few times more (`Breath`), which is a turn each. */
const TURNS = 12;

/** Lets everything run that needs no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}
