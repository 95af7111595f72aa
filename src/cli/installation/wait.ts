import { pause } from '../../base/cancellation.ts';
import type { Clock } from '../../base/clock.ts';

/** Something didn't happen in time. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
}

/** How long to wait, and where to report progress. */
export interface WaitOptions {
  readonly clock: Clock;
  /** How long nothing may change before a wait is given up, in milliseconds. */
  readonly stallMs: number;
  /** Called with lines about the progress. */
  readonly report: (line: string) => void;
}

/** How long nothing may change before `install` and `uninstall` give up a wait, in milliseconds. */
export const STALL_MS = 30_000;

const POLL_MS = 200;
const REPORT_EVERY_MS = 5_000;

/** Calls `attempt` until it returns something. Throws {@link WaitTimeoutError} with `what` if it never does. */
export async function until<T>(
  { clock, stallMs, report }: WaitOptions,
  what: string,
  attempt: () => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T> {
  const began = clock.monotonic();
  for (let reported = began; ;) {
    const outcome = await attempt();
    if (outcome !== undefined) return outcome;
    const now = clock.monotonic();
    if (now - began > stallMs) throw new WaitTimeoutError(`gave up waiting for ${what} after ${stallMs / 1000} s`);
    if (now - reported >= REPORT_EVERY_MS) {
      report(`waiting for ${what}`);
      reported = now;
    }
    await pause(clock, POLL_MS, signal);
  }
}
