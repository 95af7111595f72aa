import type { Claim } from './claim.ts';
import type { Domain } from './domain.ts';

/**
 * Releases `claims` where they still stand: with a cooldown they stay away from others until it ends, without one
 * they are gone at once. Releasing what isn't there is a no-op. Must run inside a transaction.
 *
 * @param cooldownOf seconds for a pool; 0 for one that is gone
 * @returns how many claims there were
 */
export function release(
  domain: Domain,
  claims: readonly Claim[],
  now: number,
  cooldownOf: (pool: string) => number,
): number {
  let released = 0;
  for (const claim of claims) {
    const there = domain.claimsOn(claim.number);
    if (!there.includes(claim)) continue;
    const others = there.filter((other) => other !== claim);
    const cooldown = claim.state === 'held' ? cooldownOf(claim.pool) : 0;
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
