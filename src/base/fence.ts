import type { Clock } from './clock.ts';

/**
 * Whether something may still be written. Checked just before each write, by clocks and not by timers: a process that
 * was stopped continues where it was, before any timer fires.
 */
export interface Fence {
  /** Why nothing may be written any longer; undefined while it is open. */
  reason(): string | undefined;
}

/** Never closes. */
export const OPEN: Fence = { reason: () => undefined };

/** A write was not sent, because its fence had closed. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

/** Open while all of `fences` are. */
export function fencedByAll(fences: Iterable<Fence>): Fence {
  const different = [...new Set(fences)].filter((fence) => fence !== OPEN);
  return { reason: () => different.map((fence) => fence.reason()).find((reason) => reason !== undefined) };
}

/** Closes for good when `limitMs` have passed since `watch` was started. */
export function fencedAfter(watch: Stopwatch, limitMs: number, reason: string): Fence {
  return { reason: () => (watch.elapsedMs() >= limitMs ? reason : undefined) };
}

/** Closes at `until`, in seconds since the epoch, by either clock. */
export function fencedUntil(clock: Clock, until: number, reason: string): Fence {
  return fencedAfter(new Stopwatch(clock), until * 1000 - clock.now(), reason);
}

/**
 * Measures by the larger of both clocks: the monotonic one may stand still while the machine is suspended, and the wall
 * clock can be set back.
 */
export class Stopwatch {
  readonly #clock: Clock;
  readonly #wall: number;
  readonly #monotonic: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wall = clock.now();
    this.#monotonic = clock.monotonic();
  }

  /** Milliseconds since the start. */
  elapsedMs(): number {
    return Math.max(this.#clock.now() - this.#wall, this.#clock.monotonic() - this.#monotonic);
  }
}
