/**
 * Assigns numbers to holders and releases them: pools as the cluster shows them, quotas, observed claims, `reserve`,
 * `confirm`, `release`, `adopt`, the sweep. The only folder that works with the ledger. Begin with `allocator.ts`.
 * It refuses to know pods' specs, admission reviews, conditions and Events.
 * 1. An answer is durable; a refusal has changed nothing.
 * 2. A holder loses no number while it exists, and it counts as existing until the API server says that it is gone.
 * 3. No new request is served before the numbers of existing holders are adopted.
 * 4. A borrowed number stays taken as long as its lender or its borrower is left.
 * 5. A waiting request is woken by the change that can help it; of several such requests, the oldest is woken first.
 */
export { Allocator, OVERTAKEN } from './allocator.ts';
export type { Allocation, OutcomeObserver } from './allocator.ts';
export { askOf, domainOf, givenOf, holderOf, portOf } from './ask.ts';
export type { Ask } from './ask.ts';
export { Disputes } from './audit.ts';
export type { Belief, Dispute } from './audit.ts';
export { takeCensus } from './census.ts';
export type { Census } from './census.ts';
export { printKernels, printOverlaps } from './ephemeral-census.ts';
export { EphemeralRanges } from './ephemeral-ranges.ts';
export { observeHostPorts } from './host-ports.ts';
export { usesOf } from './host-uses.ts';
export type { HostUse } from './host-uses.ts';
export { Lending } from './lending.ts';
export type { Loan } from './lending.ts';
export { Listeners, claimsOf } from './listeners.ts';
export { Liveness } from './liveness.ts';
export { NodeReportStore } from './node-report-store.ts';
export { Observations, observeNodePorts } from './observations.ts';
export type { Observe } from './observations.ts';
export { PendingRequests } from './pending-requests.ts';
export { controllerHolder, isShared, livenessOf, ordinalHolder, ordinalIn, podHolder } from './pod-holders.ts';
export { NODE_PORTS, poolOn } from './pool-rules.ts';
export type { KnownPool } from './pool-rules.ts';
export { Pools } from './pools.ts';
export { Quotas } from './quotas.ts';
export { allocationOf, recordFor, recordName, roleSubject, sayTheSame, subjectOfRecord } from './records.ts';
export type { RecordSubject } from './records.ts';
export { ReservationEnds } from './reservation-ends.ts';
export { Takeover, formerAllocation, holderOfRole, roleHolder, rolesOfPod } from './role-holders.ts';
export type { RoleKind, RoleName } from './role-holders.ts';
export { Sweep } from './sweep.ts';
export type { SweepObserver } from './sweep.ts';
export type { LookAtPods } from './two-step-release.ts';
export { MOST_BLOCKED } from './unmanaged-listeners.ts';
export { UsageBook } from './usage.ts';
export type { Usage } from './usage.ts';
export { CLUSTER, EVERYWHERE, quotaCounted } from '../ledger/index.ts';
export type { DomainKey, Ledger } from '../ledger/index.ts';
