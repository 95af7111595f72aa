import type { Clock } from '../base/clock.ts';

/** How long some work may take. */
interface Deadline {
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** Aborting it aborts the work, too. */
  readonly signal: AbortSignal;
  /** Called at the deadline if the work is still running. */
  readonly late?: () => void;
}

/**
 * Runs `work` with a signal that aborts at the deadline, or when `signal` aborts. It waits for the work even then,
 * because a caller that continued without it could run it a second time at the same time.
 */
export async function withDeadline<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, deadlineMs, signal, late } = deadline;
  const controller = new AbortController();
  // This listener is removed when the work ends. What `AbortSignal.any` adds to a signal stays as long as the signal
  // lives.
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
