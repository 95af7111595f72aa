import type { Claim } from './claim.ts';
import { partnerOf } from './conflict.ts';
import type { Domain } from './domain.ts';

/** How claims are given up. */
export interface Leaving {
  /** Seconds for a pool; 0 for one that is gone. */
  readonly cooldownOf: (pool: string) => number;
  /** Whether the holder was there, so that it may have used what was only reserved for it. */
  readonly wasThere?: boolean;
}

/**
 * Releases `claims` where they still stand: what was used stays away from others until a cooldown ends, if there is one;
 * the rest is gone at once, and so is the claim of who leaves a loan first: the other one still has the number. Releasing what isn't there is a no-op. Must run inside a transaction.
 *
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

/** The claims that `holder` keeps others away with, cooling ones left out. */
export function claimsHeldBy(domain: Domain, holder: { readonly key: string; readonly uid: string }): readonly Claim[] {
  return domain.claimsOf(holder.key).filter((claim) => claim.holder.uid === holder.uid && claim.state !== 'cooling');
}
