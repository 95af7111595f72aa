import type { Clock } from '../base/clock.ts';

/** Wakes one loop. A notification while the loop doesn't wait isn't lost: its next wait ends at once. */
export class Notifier {
  #notified = false;
  #wake: () => void = () => undefined;

  notify(): void {
    this.#notified = true;
    this.#wake();
  }

  /** Resolves at the next notification, after `delayMs`, or when `signal` aborts. */
  async wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#notified && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const wake = (): void => resolve(undefined);
      const timer = clock.schedule(delayMs, wake);
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
      await promise;
      signal.removeEventListener('abort', wake);
      timer[Symbol.dispose]();
    }
    this.#notified = false;
  }
}
