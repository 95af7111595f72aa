import { rangesInclude, rangesSize } from '../core/index.ts';
import type { Claim, Domain } from '../core/index.ts';
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

type Class = 'allocated' | 'reserved' | 'blocked' | 'cooling';

/** Counts what stands in the ledger; for a pool of scope `Node` over the nodes `nodeNames`. */
export function countUsage(ledger: Ledger, known: KnownPool, nodeNames: readonly string[]): Usage {
  ledger.expire();
  const { name, scope } = known;
  const keys: readonly DomainKey[] = scope === 'Cluster' ? [CLUSTER] : nodeNames;
  const counts = { allocated: 0, reserved: 0, blocked: 0, cooling: 0 };
  let [capacity, outside] = [0, 0];
  for (const key of keys) {
    const domain = ledger.domain(key);
    const { usable } = poolOn(known, key === CLUSTER ? undefined : key);
    capacity += rangesSize(usable);
    for (const number of domain.occupied()) {
      const inside = rangesInclude(usable, number);
      const obstacles = domain.obstaclesOn(number);
      const found = inside ? classOf(obstacles) : undefined;
      if (found !== undefined) counts[found]++;
      else if (!inside && isHeldFor(domain, number, name)) outside++;
    }
  }
  const { allocated, reserved, blocked, cooling } = counts;
  return { capacity, ...counts, free: capacity - allocated - reserved - blocked - cooling, outside };
}

/** How many numbers are held for pool `name`, in all domains. */
export function countHeldFor(ledger: Ledger, name: string): number {
  let held = 0;
  for (const key of ledger.domains()) {
    const domain = ledger.domain(key);
    for (const number of domain.occupied()) if (isHeldFor(domain, number, name)) held++;
  }
  return held;
}

function classOf(obstacles: readonly Claim[]): Class | undefined {
  const has = (...states: readonly Claim['state'][]) => obstacles.some(({ state }) => states.includes(state));
  if (has('held')) return 'allocated';
  if (has('reserved')) return 'reserved';
  if (has('observed', 'unreadable')) return 'blocked';
  return has('cooling') ? 'cooling' : undefined;
}

function isHeldFor(domain: Domain, number: number, pool: string): boolean {
  return domain
    .claimsOn(number)
    .some((claim) => claim.pool === pool && (claim.state === 'held' || claim.state === 'reserved'));
}
