import { pause } from '../../../src/base/cancellation.ts';
import { systemClock as clock } from '../../../src/base/clock.ts';
import { isApiError } from '../../../src/kube/index.ts';

/** As long as a test may last, in milliseconds: what a test does itself is never what fails it on a busy machine. */
export const PATIENCE_MS = 240_000;

/** For one attempt, in milliseconds. */
export const ATTEMPT_MS = 60_000;

/** Between two attempts, in milliseconds. */
const AGAIN_MS = 250;

/** How one attempt went wrong: it was never looked at, or may have been done without our hearing of it. */
export type Trouble = 'refused unseen' | 'unknown';

/**
 * Whether an error is one of a busy or absent API server rather than its word on the request; undefined for the latter.
 * What a webhook said, or that it could not be asked, is the product's own answer.
 */
export function troubleOf(error: unknown): Trouble | undefined {
  if (!isApiError(error, 'unavailable', 'throttled')) return undefined;
  if (/webhook/i.test(error.message)) return undefined;
  return error.kind === 'throttled' ? 'refused unseen' : 'unknown';
}

/** The same for what kubectl prints on its standard error. */
export function troubleIn(stderr: string): Trouble | undefined {
  if (/webhook/i.test(stderr)) return undefined;
  if (/\(TooManyRequests\)|connection (to .* was )?refused|TLS handshake timeout/.test(stderr)) return 'refused unseen';
  const unknown =
    /unable to connect to the server|i\/o timeout|unexpected EOF|: EOF|connection (reset|lost)|etcdserver: |\((ServiceUnavailable|Timeout|ServerTimeout)\)|context deadline exceeded/i;
  return unknown.test(stderr) ? 'unknown' : undefined;
}

/** How a request is repeated. */
export interface Repetition<T> {
  readonly signal: AbortSignal;
  /**
   * Reads a refusal that follows an attempt of which nobody knows whether it was done: "already exists" after a create may be our own
   * doing. Undefined: the refusal stands.
   */
  readonly wasDone?: (error: unknown) => Promise<T | undefined>;
  /** Whether it may be sent again when it may have been done; default true. */
  readonly mayRepeat?: boolean;
}

/** Tries until the API server says something about the request itself, or the time of the test is over. */
export async function patiently<T>(attempt: () => Promise<T>, repetition: Repetition<T>): Promise<T> {
  const { signal, wasDone, mayRepeat = true } = repetition;
  const deadline = clock.monotonic() + PATIENCE_MS;
  let isUncertain = false;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble === undefined) return doneBefore(error, isUncertain ? wasDone : undefined);
      if (clock.monotonic() > deadline || (trouble === 'unknown' && !mayRepeat)) throw error;
      isUncertain ||= trouble === 'unknown';
      await pause(clock, AGAIN_MS, signal);
    }
  }
}

/** What an earlier attempt did, as far as a refusal tells; else the refusal. */
async function doneBefore<T>(refusal: unknown, wasDone: Repetition<T>['wasDone']): Promise<T> {
  const done = await wasDone?.(refusal);
  if (done === undefined) throw refusal;
  return done;
}
