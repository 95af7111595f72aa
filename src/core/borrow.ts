import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Claim } from './claim.ts';
import { isLoan } from './conflict.ts';
import type { Domain } from './domain.ts';
import type { Holder } from './holder.ts';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';

/** What a pod wants to borrow: every number that a PortAllocation of its namespace has. */
export interface LoanRequest {
  readonly lender: Holder;
  /** Not seen yet: its UID is the token of its reservation. */
  readonly borrower: Holder;
  /** The end of the reservation, in seconds since the epoch. */
  readonly until: number;
  /** UIDs and tokens of borrowers that are gone for sure, or for which nobody comes any longer: theirs passes on. */
  readonly gone: ReadonlySet<string>;
}

/**
 * Lends all numbers of an allocation to one pod: beside each claim of the lender the pod gets one like it, reserved. A
 * number that is lent in part is lent: the pod has the whole allocation, or nothing changes. Must run inside a transaction.
 *
 * @returns what the lender has
 */
export function borrow(domain: Domain, request: LoanRequest): Result<readonly Claim[], Refusal> {
  const { lender, borrower, until, gone } = request;
  const lent = heldBy(domain, lender);
  if (lent.length === 0) return err(refuse.notAllocated(lender.name));
  if (!isSettled(lent)) return err(refuse.notAllocated(lender.name, '', 'an edit of it is being made'));
  const passesOn = ({ holder: { uid } }: Claim): boolean => uid === borrower.uid || gone.has(uid);
  const other = borrowersOf(domain, lender).find((claim) => !passesOn(claim));
  if (other !== undefined) return err(refuse.lent(lender.name, other.holder.name));
  for (const claim of lent) {
    const rest = domain.claimsOn(claim.number).filter((there) => !(isLoan(claim, there) && passesOn(there)));
    domain.write(claim.number, [...rest, { ...claim, holder: borrower, state: 'reserved', time: until }]);
  }
  return ok(lent);
}

/**
 * The claims of pods that have a number of `lender`, in no order: more than one pod only where a sweep found so. One that took
 * the number without asking is none.
 */
export function borrowersOf(domain: Domain, lender: Holder): readonly Claim[] {
  return heldBy(domain, lender).flatMap((claim) =>
    domain.claimsOn(claim.number).filter((there) => isLoan(claim, there)),
  );
}

function heldBy(domain: Domain, { key, uid }: Holder): readonly Claim[] {
  return domain.claimsOf(key).filter(({ holder, state }) => holder.uid === uid && state === 'held');
}

/** Whether each port has one run of numbers: while an edit moves one, it has those from before, too. */
function isSettled(claims: readonly Claim[]): boolean {
  const runs = new Map<string, { first: number; last: number; size: number }>();
  for (const { port, number } of claims) {
    const { first, last, size } = runs.get(port) ?? { first: number, last: number, size: 0 };
    runs.set(port, { first: Math.min(first, number), last: Math.max(last, number), size: size + 1 });
  }
  return [...runs.values()].every(({ first, last, size }) => last - first + 1 === size);
}
