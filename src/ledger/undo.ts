import { encodeClaim, firstRival } from '../core/index.ts';
import type { Claim } from '../core/index.ts';

/** The claims on one number before and after a change. */
export interface Change {
  readonly before: readonly Claim[];
  readonly after: readonly Claim[];
}

/**
 * The claims on a number without the effect of a change: claims that it added are removed; those that it removed
 * return, unless another holder has the number by now. Other claims stay.
 */
export function undo(there: readonly Claim[], { before, after }: Change): readonly Claim[] {
  const kept = there.filter((claim) => !includes(after, claim) || includes(before, claim));
  const back = before.filter((claim) => !includes(after, claim) && !includes(kept, claim));
  return [...kept, ...back.filter((claim) => firstRival(kept, claim) === undefined)];
}

/** Compared by content: a block that was read again has other objects for the same claims. */
function includes(claims: readonly Claim[], wanted: Claim): boolean {
  const text = encodeClaim(wanted);
  return claims.some((claim) => encodeClaim(claim) === text);
}
