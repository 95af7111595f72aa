/**
 * So many times as long as a look over all holders was at work pass before the next: however many there are to be counted and
 * asked after, it leaves most of the time to others.
 */
const REST = 4;

/**
 * And no longer than this, in milliseconds: one that had to wait for an API server wasn't at work all the time, and what is
 * released in two steps, a reservation's life apart, has to come back within a minute.
 */
const LONGEST_REST_MS = 10_000;

/** How long to rest after `workMs` of work, at least `intervalMs`; all in milliseconds. */
export function restAfter(workMs: number, intervalMs: number): number {
  return Math.max(intervalMs, Math.min(REST * workMs, LONGEST_REST_MS));
}
