import { addressCovers, addressesOverlap } from './address.ts';
import type { Address } from './address.ts';
import { isUse } from './claim.ts';
import type { Claim } from './claim.ts';
import { isPod, isRole } from './holder.ts';
import type { Holder } from './holder.ts';
import type { Protocols } from './port.ts';

/** What is bound: a number's use, without the number. */
export interface Binding {
  readonly protocols: Protocols;
  readonly address: Address;
}

/** A key for all uses that bind alike. */
export function bindingKey({ protocols, address }: Binding): string {
  return `${protocols} ${address}`;
}

/**
 * Whether two uses of one number in one domain exclude each other: they share a protocol, and their addresses are
 * equal or one is the wildcard of the other's family. Everybody who decides about conflicts asks this function.
 */
export function conflicts(left: Binding, right: Binding): boolean {
  return (left.protocols & right.protocols) !== 0 && addressesOverlap(left.address, right.address);
}

/** Whether who has `held` may use the number as `wanted` says: where it may not, somebody else may have it. */
export function covers(held: Binding, wanted: Binding): boolean {
  return (held.protocols & wanted.protocols) === wanted.protocols && addressCovers(held.address, wanted.address);
}

/**
 * How many claims may be on one number. Addresses are what a user writes: without an end to them one number alone could
 * fill a block, and nobody would get a number there any more.
 */
export const MOST_CLAIMS = 16;

/** Whether there is room for `wanted` beside `claims`, which are all of a number. */
export function isOpenTo(claims: readonly Claim[], wanted: Binding): boolean {
  return claims.length < MOST_CLAIMS && firstConflict(claims, wanted) === undefined;
}

/** The first of `claims` that excludes `wanted`, or undefined. */
export function firstConflict(claims: readonly Claim[], wanted: Binding): Claim | undefined {
  return claims.find((claim) => conflicts(claim, wanted));
}

/**
 * Whether `borrower` is a pod that has from `lender`, a PortAllocation of its namespace, the number that both claims are
 * about; or a role that has taken over what an earlier version gave to its allocation. Nothing else says so: neither has a
 * number of an allocation of its namespace but such a one.
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

/** The other party of a loan that `claim` is one side of, among `claims` on its number; undefined where there is none. */
export function partnerOf(claim: Claim, claims: readonly Claim[]): Claim | undefined {
  return claims.find((other) => isLoan(claim, other) || isLoan(other, claim));
}

/** The first of `claims` that keeps `wanted` from standing beside it: one that excludes it, and is no party to a loan with it. */
export function firstRival(claims: readonly Claim[], wanted: Claim): Claim | undefined {
  return claims.find((claim) => conflicts(claim, wanted) && !isLoan(claim, wanted) && !isLoan(wanted, claim));
}

/** Whether `holder` is of the kind whose numbers are lent: a PortAllocation. */
export function mayLend({ group, kind }: Holder): boolean {
  return kind === 'PortAllocation' && group === 'hostport.io';
}

/** Whether `holder` is of a kind that has claims beside those of a PortAllocation: a pod, or a role. */
function mayBorrow(holder: Holder): boolean {
  return isPod(holder) || isRole(holder);
}
