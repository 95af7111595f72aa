import type { Clock } from '../base/clock.ts';

/** How long work may take. */
export interface Deadline {
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** Ends the work too. */
  readonly signal: AbortSignal;
  /** Called when the time is over and the work isn't. */
  readonly late?: () => void;
}

/**
 * Runs `work` with a signal that aborts at the deadline, or with `signal`. Waits for the work even then: whoever goes on
 * without it would have it run twice.
 */
export async function withDeadline<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, deadlineMs, signal, late } = deadline;
  const controller = new AbortController();
  // A listener of our own that goes with the work; what AbortSignal.any leaves on a signal lives as long as the signal.
  const give = (): void => controller.abort(signal.reason);
  if (signal.aborted) give();
  signal.addEventListener('abort', give, { once: true });
  const timer = clock.schedule(deadlineMs, () => {
    controller.abort(new Error(`took longer than ${deadlineMs / 1000} s`));
    late?.();
  });
  try {
    return await work(controller.signal);
  } finally {
    timer[Symbol.dispose]();
    signal.removeEventListener('abort', give);
  }
}
