/** So many numbers of a `Cluster` pool a node may block by saying that something listens there. */
export const MOST_BLOCKED = 64;

/**
 * Which of `numbers`, on which one node says that strangers listen, are believed in the whole cluster: of each pool the lowest
 * {@link MOST_BLOCKED}. Numbers of no pool are in nobody's way.
 * @param poolsWith names of the `Cluster` pools that hand out a number
 * @returns those that count, and the pools in which some don't
 */
export function believedIn(
  numbers: Iterable<number>,
  poolsWith: (number: number) => readonly string[],
): { readonly blocked: ReadonlySet<number>; readonly ignoredIn: ReadonlySet<string> } {
  const counts = new Map<string, number>();
  const blocked = new Set<number>();
  const ignoredIn = new Set<string>();
  for (const number of [...numbers].sort((left, right) => left - right)) {
    const pools = poolsWith(number);
    const full = pools.filter((pool) => (counts.get(pool) ?? 0) >= MOST_BLOCKED);
    for (const pool of full) ignoredIn.add(pool);
    if (pools.length === 0 || full.length > 0) continue;
    blocked.add(number);
    for (const pool of pools) counts.set(pool, (counts.get(pool) ?? 0) + 1);
  }
  return { blocked, ignoredIn };
}
