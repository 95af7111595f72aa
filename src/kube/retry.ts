import { pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { isApiError } from './errors.ts';
import type { ApiError } from './errors.ts';

/** Grows from try to try, with jitter so that many clients don't come back as one. */
export interface BackoffShape {
  /** The first wait, in milliseconds. */
  readonly firstMs: number;
  /** No wait is longer, in milliseconds. */
  readonly capMs: number;
}

/**
 * The wait before try number `attempt` (0 is the first repetition): doubling from `firstMs` to `capMs`, then a uniformly
 * random part of its upper half.
 */
export function backoffMs(shape: BackoffShape, attempt: number, random: Random): number {
  const full = Math.min(shape.capMs, shape.firstMs * 2 ** Math.min(attempt, 30));
  const half = Math.floor(full / 2);
  return half + random.below(Math.max(1, full - half + 1));
}

/** When a call is tried again. */
export interface RetryRules {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Total time for repetitions, in milliseconds. */
  readonly retryForMs: number;
  /** Whether what failed can't have been done, or may be done twice. */
  readonly repeatable: (error: ApiError) => boolean;
}

const shape: BackoffShape = { firstMs: 100, capMs: 5_000 };

/** Calls `attempt` until it succeeds, fails for good, or time is up; a `Retry-After` of the server is kept. */
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

/** Reads may be repeated after anything that a later try may cure. */
export function readIsRepeatable(error: ApiError): boolean {
  return error.kind === 'unavailable' || error.kind === 'throttled';
}

/** A write may be repeated only when the server says that it didn't look at it. */
export function writeIsRepeatable(error: ApiError): boolean {
  return error.kind === 'throttled';
}
