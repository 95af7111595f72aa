import { addressCovers, addressesOverlap } from './address.ts';
import type { Address } from './address.ts';
import { isUse } from './claim.ts';
import type { Claim } from './claim.ts';
import { isPod, isRole } from './holder.ts';
import type { Holder } from './holder.ts';
import type { Protocols } from './port.ts';

/** A use of a number, without the number. */
export interface Binding {
  readonly protocols: Protocols;
  readonly address: Address;
}

/** A key that is equal for equal uses. */
export function bindingKey({ protocols, address }: Binding): string {
  return `${protocols} ${address}`;
}

/**
 * Whether two uses of one number in one domain exclude each other: they share a protocol, and their addresses are equal
 * or one is the wildcard of the other's family. Every decision about conflicts asks this function.
 */
export function conflicts(left: Binding, right: Binding): boolean {
  return (left.protocols & right.protocols) !== 0 && addressesOverlap(left.address, right.address);
}

/**
 * Whether the holder of `held` may use the number as `wanted` says: where it may not, another holder may have the
 * number.
 */
export function covers(held: Binding, wanted: Binding): boolean {
  return (held.protocols & wanted.protocols) === wanted.protocols && addressCovers(held.address, wanted.address);
}

/**
 * The most claims on one number. Users write the addresses: without a limit a single number could fill a block, so that
 * no more claims fit into it.
 */
export const MOST_CLAIMS = 16;

/** Whether there is room for `wanted` beside `claims`, which are all on one number. */
export function isOpenTo(claims: readonly Claim[], wanted: Binding): boolean {
  return claims.length < MOST_CLAIMS && firstConflict(claims, wanted) === undefined;
}

/** The first of `claims` that excludes `wanted`, or undefined. */
export function firstConflict(claims: readonly Claim[], wanted: Binding): Claim | undefined {
  return claims.find((claim) => conflicts(claim, wanted));
}

/**
 * Whether `borrower` belongs to a pod that borrows the number from `lender`, the claim of a PortAllocation in its
 * namespace; or to a role that has taken over what an earlier version assigned to its allocation. No other mark is
 * needed: only such claims stand beside those of an allocation.
 */
export function isLoan(lender: Claim, borrower: Claim): boolean {
  return (
    isUse(lender) &&
    isUse(borrower) &&
    mayLend(lender.holder) &&
    mayBorrow(borrower.holder) &&
    lender.holder.namespace === borrower.holder.namespace &&
    conflicts(lender, borrower)
  );
}

/** The claim of the other party of a loan, among `claims` on the number of `claim`; undefined if there is none. */
export function partnerOf(claim: Claim, claims: readonly Claim[]): Claim | undefined {
  return claims.find((other) => isLoan(claim, other) || isLoan(other, claim));
}

/** The first of `claims` that keeps `wanted` from being written: it conflicts, and the two aren't parties of a loan. */
export function firstRival(claims: readonly Claim[], wanted: Claim): Claim | undefined {
  return claims.find((claim) => conflicts(claim, wanted) && !isLoan(claim, wanted) && !isLoan(wanted, claim));
}

/** Whether `holder` is of the kind that lends numbers: a PortAllocation. */
export function mayLend({ group, kind }: Holder): boolean {
  return kind === 'PortAllocation' && group === 'hostport.io';
}

/** Whether `holder` is of a kind whose claims may stand beside those of a PortAllocation: a pod, or a role. */
function mayBorrow(holder: Holder): boolean {
  return isPod(holder) || isRole(holder);
}
