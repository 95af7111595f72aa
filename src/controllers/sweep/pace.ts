/**
 * After a look at all holders it rests for a multiple of the time that the look took: however many holders there are,
 * most of the time is left to other work.
 */
const REST = 4;

/**
 * The longest rest, in milliseconds. A look that waited for the API server didn't work all the time, and a release in
 * two steps, a reservation's life apart, has to be finished within a minute.
 */
const LONGEST_REST_MS = 10_000;

/** How long to rest after `workMs` of work, at least `intervalMs`; both in milliseconds. */
export function restAfter(workMs: number, intervalMs: number): number {
  return Math.max(intervalMs, Math.min(REST * workMs, LONGEST_REST_MS));
}
