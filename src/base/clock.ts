/** The two clocks that a process has, and the way to be called later. Injected, so that tests own time. */
export interface Clock {
  /** Wall time, in milliseconds since the epoch: for what is written down. */
  now(): number;
  /** Monotonic time in milliseconds: for what is measured; never goes back. */
  monotonic(): number;
  /** Calls `task` once after `delayMs`; disposing the handle first prevents it. */
  schedule(delayMs: number, task: () => void): Disposable;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
