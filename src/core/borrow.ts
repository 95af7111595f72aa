import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Claim } from './claim.ts';
import { isLoan } from './conflict.ts';
import type { Domain } from './domain.ts';
import type { Holder } from './holder.ts';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';

/** A pod's request to borrow every number of a PortAllocation in its namespace. */
export interface LoanRequest {
  readonly lender: Holder;
  /** The pod, which wasn't seen yet: its UID is the token of its reservation. */
  readonly borrower: Holder;
  /** When the reservation ends, in seconds since the epoch. */
  readonly until: number;
  /** UIDs and tokens of earlier borrowers that are certainly gone, or won't appear: their claims pass to the pod. */
  readonly gone: ReadonlySet<string>;
}

/**
 * Lends all numbers of an allocation to one pod: beside each claim of the lender the pod gets an equal one, reserved.
 * If any number is lent already, nothing changes. Must run inside a transaction.
 * @returns the lender's claims
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
 * The claims of pods that borrow a number of `lender`, in no order; of more than one pod only if a sweep found them so.
 * A pod that uses the number without asking doesn't borrow it.
 */
export function borrowersOf(domain: Domain, lender: Holder): readonly Claim[] {
  return heldBy(domain, lender).flatMap((claim) =>
    domain.claimsOn(claim.number).filter((there) => isLoan(claim, there)),
  );
}

function heldBy(domain: Domain, { key, uid }: Holder): readonly Claim[] {
  return domain.claimsOf(key).filter(({ holder, state }) => holder.uid === uid && state === 'held');
}

/** Whether each port has one run of numbers: while an edit moves a port, its former numbers are held as well. */
function isSettled(claims: readonly Claim[]): boolean {
  const runs = new Map<string, { first: number; last: number; size: number }>();
  for (const { port, number } of claims) {
    const { first, last, size } = runs.get(port) ?? { first: number, last: number, size: 0 };
    runs.set(port, { first: Math.min(first, number), last: Math.max(last, number), size: size + 1 });
  }
  return [...runs.values()].every(({ first, last, size }) => last - first + 1 === size);
}
