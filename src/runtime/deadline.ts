import type { Clock } from '../base/clock.ts';

/** How long work may take. */
export interface Deadline {
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** Ends the work too. */
  readonly signal: AbortSignal;
  /** Called if the deadline passes before the work is done. */
  readonly late?: () => void;
}

/**
 * Runs `work` with a signal that aborts at the deadline, or with `signal`. Waits for the work even then: otherwise a
 * retry could run beside it.
 */
export async function withDeadline<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, deadlineMs, signal, late } = deadline;
  const controller = new AbortController();
  // A listener that is removed with the work; what AbortSignal.any leaves on a signal lives as long as the signal.
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
