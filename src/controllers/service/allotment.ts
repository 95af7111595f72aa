import type { Endpoint } from '../../kube/index.ts';

/** The API server accepts 1,000 endpoints in a slice; the built-in controller fills it with 100. */
export const MOST_ENDPOINTS = 100;

/**
 * Assigns endpoints to slices of a group, by the slice's index. Each endpoint stays in its slice, so that a slice
 * changes only with its own endpoints; new ones go where there is room, the lowest index first. The order within a
 * slice is that of `endpoints`.
 * @param places the present slice of each endpoint, by the UID of its pod
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
