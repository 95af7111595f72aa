import type { Endpoint } from '../../kube/index.ts';

/** The API server takes 1,000; 100 is what the built-in controller fills a slice with. */
export const MOST_ENDPOINTS = 100;

/**
 * Which endpoint stands in which slice of a group, by the slice's index. Each stays where it is, so that a slice changes
 * only with its own endpoints; the others go where there is room, the lowest index first. The order within a slice is that
 * of `endpoints`.
 * @param places where each stands now, by the UID of its pod
 */
export function allot(
  endpoints: readonly Endpoint[],
  places: ReadonlyMap<string, number>,
): ReadonlyMap<number, readonly Endpoint[]> {
  const chosen = new Map<Endpoint, number>();
  const sizes = new Map<number, number>();
  const put = (endpoint: Endpoint, index: number): void => {
    chosen.set(endpoint, index);
    sizes.set(index, (sizes.get(index) ?? 0) + 1);
  };
  const hasRoom = (index: number): boolean => (sizes.get(index) ?? 0) < MOST_ENDPOINTS;
  for (const endpoint of endpoints) {
    const index = places.get(endpoint.targetRef?.uid ?? '');
    if (index !== undefined && hasRoom(index)) put(endpoint, index);
  }
  let free = 0;
  for (const endpoint of endpoints.filter((each) => !chosen.has(each))) {
    while (!hasRoom(free)) free++;
    put(endpoint, free);
  }
  return Map.groupBy(endpoints, (endpoint) => chosen.get(endpoint) ?? 0);
}
