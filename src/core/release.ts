import type { Claim } from './claim.ts';
import { partnerOf } from './conflict.ts';
import type { Domain } from './domain.ts';

/** How claims are released. */
export interface Leaving {
  /** The cooldown of a pool in seconds; 0 for a deleted pool. */
  readonly cooldownOf: (pool: string) => number;
  /** Whether the holder existed, so that it may have used numbers that were only reserved. */
  readonly wasThere?: boolean;
}

/**
 * Releases `claims`, if they still exist. A used number stays blocked until its cooldown ends, if there is one; other
 * claims are removed at once. So is the claim of the party that leaves a loan first: the other one still has the
 * number. Releasing a missing claim is a no-op. Must run inside a transaction.
 * @param now seconds since the epoch
 * @returns how many claims there were
 */
export function release(
  domain: Domain,
  claims: readonly Claim[],
  now: number,
  { cooldownOf, wasThere = false }: Leaving,
): number {
  let released = 0;
  for (const claim of claims) {
    const there = domain.claimsOn(claim.number);
    if (!there.includes(claim)) continue;
    const others = there.filter((other) => other !== claim);
    const wasUsed = (claim.state === 'held' || wasThere) && partnerOf(claim, others) === undefined;
    const cooldown = wasUsed ? cooldownOf(claim.pool) : 0;
    domain.write(
      claim.number,
      cooldown > 0 ? [...others, { ...claim, state: 'cooling', time: now + cooldown }] : others,
    );
    released++;
  }
  return released;
}

/** The claims by which `holder` blocks others, without cooling ones. */
export function claimsHeldBy(domain: Domain, holder: { readonly key: string; readonly uid: string }): readonly Claim[] {
  return domain.claimsOf(holder.key).filter((claim) => claim.holder.uid === holder.uid && claim.state !== 'cooling');
}
