import type { Domain } from './domain.ts';
import type { Holder } from './holder.ts';

/**
 * Confirms a reservation: numbers that are reserved for `holder`'s name under the UID `token` become held by `holder`,
 * which was seen. A reservation that was made at binding has the pod's own UID as token. A no-op for what is no longer
 * reserved, or held already. Must run inside a transaction.
 * @param now seconds since the epoch
 * @returns how many numbers became held
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
