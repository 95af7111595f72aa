import { pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { isApiError } from './errors.ts';
import type { ApiError } from './errors.ts';

/**
 * How waits grow from attempt to attempt. They are random in part, so that many clients don't come back at the same
 * time.
 */
export interface BackoffShape {
  /** The first wait, in milliseconds. */
  readonly firstMs: number;
  /** No wait is longer, in milliseconds. */
  readonly capMs: number;
}

/**
 * The wait before repetition number `attempt`, in milliseconds; 0 is the first one. Its upper limit doubles from `firstMs` to
 * `capMs`, and the wait is uniformly random between half of the limit and the limit.
 */
export function backoffMs(shape: BackoffShape, attempt: number, random: Random): number {
  const full = Math.min(shape.capMs, shape.firstMs * 2 ** Math.min(attempt, 30));
  const half = Math.floor(full / 2);
  return half + random.below(Math.max(1, full - half + 1));
}

/** When a call is repeated. */
interface RetryRules {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** The total time for repetitions, in milliseconds. */
  readonly retryForMs: number;
  /** Whether the failed call can't have been done, or may be done twice. */
  readonly repeatable: (error: ApiError) => boolean;
}

const shape: BackoffShape = { firstMs: 100, capMs: 5_000 };

/**
 * Calls `attempt` until it succeeds, fails with an error that isn't repeatable, or time is up. Waits at least as long
 * as the `Retry-After` of the API server. Throws the last error.
 */
export async function withRetries<T>(rules: RetryRules, attempt: () => Promise<T>): Promise<T> {
  const began = rules.clock.monotonic();
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isApiError(error) || !rules.repeatable(error)) throw error;
      const wait = Math.max(error.retryAfterMs ?? 0, backoffMs(shape, tries, rules.random));
      if (rules.clock.monotonic() - began + wait > rules.retryForMs) throw error;
      await pause(rules.clock, wait, rules.signal);
    }
  }
}

/** A read may be repeated whenever a later attempt may succeed. */
export function readIsRepeatable(error: ApiError): boolean {
  return error.kind === 'unavailable' || error.kind === 'throttled';
}

/** A write may be repeated only when the API server says that it didn't process it. */
export function writeIsRepeatable(error: ApiError): boolean {
  return error.kind === 'throttled';
}
