import type { Breath } from '../base/breath.ts';
import { GROUP, isUse, rangesInclude, rangesSize } from '../core/index.ts';
import type { Domain, PageCount, PortRange, Standing } from '../core/index.ts';

/** How many numbers of a pool are in which state. Each number is counted once, in the first state that fits. */
export interface Usage {
  readonly capacity: number;
  readonly allocated: number;
  readonly reserved: number;
  readonly blocked: number;
  readonly cooling: number;
  readonly free: number;
  /** Held, but no longer among the pool's numbers. */
  readonly outside: number;
}

/** The counts of a pool in one domain, or in several. */
export interface Counts {
  readonly capacity: number;
  readonly allocated: number;
  readonly reserved: number;
  readonly blocked: number;
  readonly cooling: number;
  readonly outside: number;
}

export const NO_COUNTS: Counts = { capacity: 0, allocated: 0, reserved: 0, blocked: 0, cooling: 0, outside: 0 };

/** Adds `counts`, or subtracts them. */
export function addTo(sum: Record<keyof Counts, number>, counts: Counts, by: 1 | -1): void {
  for (const each of COUNTED) sum[each] += by * counts[each];
}

/** The usage by `counts`, with the free numbers. */
export function usageOf(counts: Counts): Usage {
  const { capacity, allocated, reserved, blocked, cooling, outside } = counts;
  const free = capacity - allocated - reserved - blocked - cooling;
  return { capacity, allocated, reserved, blocked, cooling, free, outside };
}

/**
 * Counts the claims of the pool `name` in a domain in which it has the numbers `usable`; yields to other work now and
 * then.
 */
export async function countDomain(
  domain: Domain,
  usable: readonly PortRange[],
  name: string,
  breath: Breath,
): Promise<Counts> {
  const counts = { ...NO_COUNTS, capacity: rangesSize(usable) };
  for (const first of domain.pages()) {
    await breath.take();
    addPage(counts, domain, { first, usable, name });
  }
  return counts;
}

function addPage(
  counts: Record<keyof Counts, number>,
  domain: Domain,
  { first, usable, name }: { readonly first: number; readonly usable: readonly PortRange[]; readonly name: string },
): void {
  const here = countPage(domain, first, usable, name);
  for (const standing of STANDINGS) counts[standing] += here.standing[standing];
  counts.outside += here.outside;
}

const COUNTED = Object.keys(NO_COUNTS) as readonly (keyof Counts)[];
const STANDINGS: readonly Standing[] = ['allocated', 'reserved', 'blocked', 'cooling'];
const NONE: PageCount['standing'] = { allocated: 0, reserved: 0, blocked: 0, cooling: 0 };

/** The counts of a pool on the page from `first`. A page that is wholly in the pool, or wholly outside, costs one lookup. */
function countPage(
  domain: Domain,
  first: number,
  usable: readonly PortRange[],
  pool: string,
): { readonly standing: PageCount['standing']; readonly outside: number } {
  const last = first + GROUP - 1;
  const touching = usable.filter((range) => range.first <= last && range.last >= first);
  const count = domain.countOn(first);
  if (touching.length === 0) return { standing: NONE, outside: count.heldFor.get(pool) ?? 0 };
  if (touching.some((range) => range.first <= first && range.last >= last)) {
    return { standing: count.standing, outside: 0 };
  }
  const standing = { ...NONE };
  let outside = 0;
  for (let number = first; number <= last; number++) {
    const found = domain.standingOn(number);
    if (found === undefined) continue;
    if (rangesInclude(touching, number)) standing[found]++;
    else if (domain.claimsOn(number).some((claim) => claim.pool === pool && isUse(claim))) outside++;
  }
  return { standing, outside };
}
