import type { Clock } from './clock.ts';

/** The caller stopped waiting: never reported as trouble, never retried. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
  constructor(reason?: unknown) {
    super('cancelled', reason === undefined ? undefined : { cause: reason });
  }
}

/** Throws {@link CancelledError} if `signal` is aborted. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new CancelledError(signal.reason);
}

/**
 * Whether `error` only says that the wait was given up that `signal` governs. Libraries have errors of their own for
 * it, so the signal decides.
 */
export function isCancellation(error: unknown, signal: AbortSignal): boolean {
  return error instanceof CancelledError || signal.aborted;
}

/** Waits for `promise`, or rejects with {@link CancelledError} as soon as `signal` aborts. The work itself goes on. */
export function abandonable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const give = () => reject(new CancelledError(signal.reason));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
    // Also if nothing waits any longer: a later failure is handled.
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

/** Resolves after `delayMs` on `clock`, or rejects with {@link CancelledError} when `signal` aborts. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    if (signal.aborted) return reject(new CancelledError(signal.reason));
    const timer = clock.schedule(delayMs, () => {
      signal.removeEventListener('abort', give);
      resolve();
    });
    const give = () => {
      timer[Symbol.dispose]();
      reject(new CancelledError(signal.reason));
    };
    signal.addEventListener('abort', give, { once: true });
  });
}
