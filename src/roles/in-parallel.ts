import pMap from 'p-map';

/**
 * Runs `task` for each of `items`, at most `atOnce` at a time. All are tried; the first error is thrown at the end. A task stops
 * by an AbortSignal of its own: p-map's signal would reject while writes are still in flight.
 */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  try {
    await pMap(items, task, { concurrency: atOnce, stopOnError: false });
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}
