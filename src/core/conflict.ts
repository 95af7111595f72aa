import { addressesOverlap } from './address.ts';
import type { Address } from './address.ts';
import type { Claim } from './claim.ts';
import type { Protocols } from './port.ts';

/** What is bound: a number's use, without the number. */
export interface Binding {
  readonly protocols: Protocols;
  readonly address: Address;
}

/**
 * Whether two uses of one number in one domain exclude each other: they share a protocol, and their addresses are
 * equal or one is the wildcard of the other's family. Everybody who decides about conflicts asks this function.
 */
export function conflicts(left: Binding, right: Binding): boolean {
  return (left.protocols & right.protocols) !== 0 && addressesOverlap(left.address, right.address);
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
