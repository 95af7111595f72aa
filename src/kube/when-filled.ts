import type { Lifetime } from '../base/lifetime.ts';

/** Calls `begin` once when all of `caches` are synced, unless `term` ends before. */
export function whenFilled(
  term: Lifetime,
  caches: readonly { whenSynced(signal: AbortSignal): Promise<void> }[],
  begin: () => void,
): void {
  const wait = async (signal: AbortSignal): Promise<void> => {
    await Promise.all(caches.map((cache) => cache.whenSynced(signal)));
    if (!signal.aborted) begin();
  };
  term.run(wait, (error) => {
    throw error;
  });
}
