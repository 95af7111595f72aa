/**
 * The allocator: numbers, pools, conflicts, choices, plans. Pure and synchronous; plain data in, changes or a
 * refusal out.
 *
 * It refuses to know Kubernetes, clocks, promises and input or output: time and chance are arguments.
 *
 * 1. No two live claims in a domain conflict (`conflicts` is the only judge), but those of a PortAllocation and of the one pod
 *    that borrows its numbers, or of the role that has taken them over.
 * 2. A plan is met whole or changes nothing; asking again changes nothing either.
 * 3. Every strategy finds a free number while there is one.
 * 4. A refusal is a value of the catalogue in `refusal.ts`, with a stable reason and a message that says what to do.
 */
export { ANY_ADDRESS, addressCovers, addressesOverlap, parseAddress } from './address.ts';
export type { Address } from './address.ts';
export { Bitmap, GROUP } from './bitmap.ts';
export { borrow, borrowersOf } from './borrow.ts';
export type { LoanRequest } from './borrow.ts';
export { isLive, isUse } from './claim.ts';
export type { Claim, ClaimState } from './claim.ts';
export { decodeCell, encodeCell, encodeClaim, isReadAgain, unwritable } from './codec.ts';
export { confirm } from './confirm.ts';
export type { Binding } from './conflict.ts';
export {
  MOST_CLAIMS,
  conflicts,
  covers,
  firstConflict,
  firstRival,
  isLoan,
  isOpenTo,
  mayLend,
  partnerOf,
} from './conflict.ts';
export { Domain } from './domain.ts';
export type { Changes, Everywhere, Together } from './domain.ts';
export { FreeSpace } from './free-space.ts';
export { grammars, isWord, wordFault } from './grammar.ts';
export type { Grammar } from './grammar.ts';
export { HeldTotals } from './held-numbers.ts';
export { passOn, takeOver } from './succession.ts';
export { holder, holderKind, isPod, isRole } from './holder.ts';
export type { Holder } from './holder.ts';
export { MOST_NUMBERS, plan } from './plan.ts';
export type { PageCount, Standing } from './pages.ts';
export { NO_POOL, poolFrom, poolSize } from './pool.ts';
export type { Pool } from './pool.ts';
export { SCTP, TCP, UDP, isPortNumber, protocolName, protocolsOf } from './port.ts';
export type { ProtocolName, Protocols } from './port.ts';
export {
  intersectRanges,
  mergeRanges,
  numberAt,
  parseRange,
  parseRanges,
  printRanges,
  rangesInclude,
  rangesSize,
  subtractRanges,
} from './range.ts';
export type { PortRange } from './range.ts';
export { printHolder, refusalCodes, refuse } from './refusal.ts';
export type { Refusal, RefusalReason } from './refusal.ts';
export { claimsHeldBy, release } from './release.ts';
export type { Grant, GrantedPort, PlanContext, PortRequest, PortsRequest } from './request.ts';
export { Totals, chargedBetween } from './tally.ts';
export type { Holdings } from './tally.ts';
export type { RoundState, Strategy, StrategyName } from './strategy/index.ts';
export { strategies, strategyNames } from './strategy/index.ts';
export { Stretches } from './stretches.ts';
