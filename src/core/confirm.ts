import type { Domain } from './domain.ts';
import type { Holder } from './holder.ts';

/**
 * Confirms a reservation: what was reserved for `holder`'s name under the UID `token` is held by `holder`, who was
 * seen. What was reserved when it was bound has its own UID as token. Confirming what isn't reserved any longer, or is held already, is a no-op. Must run inside a transaction.
 *
 * @param now seconds since the epoch
 * @returns how many numbers are held that weren't
 */
export function confirm(domain: Domain, token: string, holder: Holder, now: number): number {
  let confirmed = 0;
  for (const { number, state, holder: by } of domain.claimsOf(holder.key)) {
    if (state !== 'reserved' || by.uid !== token) continue;
    const claims = domain.claimsOn(number).map((claim) => {
      const isIt = claim.state === 'reserved' && claim.holder.uid === token && claim.holder.key === holder.key;
      return isIt ? ({ ...claim, holder, state: 'held', time: now } as const) : claim;
    });
    domain.write(number, claims);
    confirmed++;
  }
  return confirmed;
}
