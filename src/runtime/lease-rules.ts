import type { Lease, LeaseSpec } from '../kube/index.ts';
import { microTime } from '../kube/index.ts';

/** How long a lease is valid and how it is kept, in milliseconds. */
export interface LeaseTimes {
  /** How long other candidates wait after they saw the last renewal. */
  readonly durationMs: number;
  /** How long the leader continues without a renewal. Less than the duration. */
  readonly renewDeadlineMs: number;
  /** The wait between two attempts. */
  readonly retryMs: number;
}

/** 15, 10 and 2 seconds, the defaults of Kubernetes components. */
export const usualLeaseTimes: LeaseTimes = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

/** A lease as this process last read it, and when it last changed, on this process's monotonic clock in milliseconds. */
export interface ObservedLease {
  readonly lease: Lease;
  readonly changedAt: number;
}

/**
 * Records another reading of the lease. `changedAt` moves only when the record has changed. The times that are written
 * in the record are never used.
 */
export function observeLease(before: ObservedLease | undefined, lease: Lease, now: number): ObservedLease {
  const same = before?.lease.metadata.resourceVersion === lease.metadata.resourceVersion;
  return { lease, changedAt: same ? before.changedAt : now };
}

/**
 * Whether `identity` may take the lease: the lease was given up, belongs to `identity`, or its holder has been silent
 * for its whole duration.
 */
export function mayTake(seen: ObservedLease, identity: string, now: number): boolean {
  const { holderIdentity, leaseDurationSeconds } = seen.lease.spec ?? {};
  if (!holderIdentity || holderIdentity === identity) return true;
  return now - seen.changedAt >= (leaseDurationSeconds ?? 0) * 1000;
}

/**
 * The record with which `identity` takes or renews the lease. `held` is the present record, or undefined if there is no
 * lease.
 */
export function recordFor(held: LeaseSpec | undefined, identity: string, times: LeaseTimes, wallMs: number): LeaseSpec {
  const own = held?.holderIdentity === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.max(1, Math.round(times.durationMs / 1000)),
    acquireTime: own ? (held.acquireTime ?? microTime(wallMs)) : microTime(wallMs),
    renewTime: microTime(wallMs),
    leaseTransitions: (held?.leaseTransitions ?? 0) + (held === undefined || own ? 0 : 1),
  };
}

/**
 * The record with which a leader gives up the lease, so that other candidates needn't wait: it has no holder, for one
 * second.
 */
export function recordGivenUp(held: LeaseSpec | undefined, wallMs: number): LeaseSpec {
  return {
    holderIdentity: '',
    leaseDurationSeconds: 1,
    acquireTime: microTime(wallMs),
    renewTime: microTime(wallMs),
    leaseTransitions: held?.leaseTransitions ?? 0,
  };
}
