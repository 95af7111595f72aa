import { Breath } from '../base/breath.ts';
import { GROUP, isUse, rangesInclude, rangesSize } from '../core/index.ts';
import type { Domain, PageCount, PortRange, Standing } from '../core/index.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import { poolOn } from './pool-rules.ts';
import type { KnownPool } from './pool-rules.ts';

/** How many numbers of a pool are in which state; each number is counted once, in the first class that fits. */
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

/**
 * Counts what stands in the ledger; for a pool of scope `Node` over the nodes `nodeNames`. Gives way to others now and
 * then: what changes meanwhile is counted as it was or as it is.
 * @throws the reason of `signal` once it is aborted
 */
export async function countUsage(
  ledger: Pick<Ledger, 'expire' | 'domain'>,
  known: KnownPool,
  nodeNames: readonly string[],
  signal: AbortSignal,
): Promise<Usage> {
  ledger.expire();
  const { name, scope } = known;
  const breath = new Breath();
  const keys: readonly DomainKey[] = scope === 'Cluster' ? [CLUSTER] : nodeNames;
  const counts = { allocated: 0, reserved: 0, blocked: 0, cooling: 0 };
  let [capacity, outside] = [0, 0];
  for (const key of keys) {
    const domain = ledger.domain(key);
    const { usable } = poolOn(known, key === CLUSTER ? undefined : key);
    capacity += rangesSize(usable);
    for (const first of domain.pages()) {
      await breath.take();
      signal.throwIfAborted();
      const here = countPage(domain, first, usable, name);
      for (const standing of STANDINGS) counts[standing] += here.standing[standing];
      outside += here.outside;
    }
  }
  const { allocated, reserved, blocked, cooling } = counts;
  return { capacity, ...counts, free: capacity - allocated - reserved - blocked - cooling, outside };
}

/** How many numbers are held for pool `name`, in all domains. */
export function countHeldFor(ledger: Pick<Ledger, 'domains' | 'domain'>, name: string): number {
  let held = 0;
  for (const key of ledger.domains()) held += ledger.domain(key).held.of(name);
  return held;
}

const STANDINGS: readonly Standing[] = ['allocated', 'reserved', 'blocked', 'cooling'];
const NONE: PageCount['standing'] = { allocated: 0, reserved: 0, blocked: 0, cooling: 0 };

/** What of a pool stands on the page from `first`: most pages are of the pool as a whole, or not at all. */
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
