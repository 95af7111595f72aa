import type { Lease, LeaseSpec } from '../kube/index.ts';
import { microTime } from '../kube/index.ts';

/** The times of a lease, in milliseconds. */
export interface LeaseTimes {
  /** How long other replicas wait after they saw the last renewal. */
  readonly durationMs: number;
  /** How long the leader continues without a renewal; less than the duration. */
  readonly renewDeadlineMs: number;
  /** The time between two attempts. */
  readonly retryMs: number;
}

/** 15, 10 and 2 seconds, as every Kubernetes component has them. */
export const usualLeaseTimes: LeaseTimes = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

/** A lease as a replica saw it, and when it last looked different, by the replica's monotonic clock. */
export interface ObservedLease {
  readonly lease: Lease;
  readonly changedAt: number;
}

/** Updates an observation: only a changed record moves `changedAt`. Times that are written in the record are never used. */
export function observeLease(before: ObservedLease | undefined, lease: Lease, now: number): ObservedLease {
  const same = before?.lease.metadata.resourceVersion === lease.metadata.resourceVersion;
  return { lease, changedAt: same ? before.changedAt : now };
}

/** Whether `identity` may take the lease: it is given up, its own, or its holder has been silent for the whole duration. */
export function mayTake(seen: ObservedLease, identity: string, now: number): boolean {
  const { holderIdentity, leaseDurationSeconds } = seen.lease.spec ?? {};
  if (!holderIdentity || holderIdentity === identity) return true;
  return now - seen.changedAt >= (leaseDurationSeconds ?? 0) * 1000;
}

/** The record by which `identity` takes or renews the lease `held`; undefined if there is none yet. */
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
 * The record by which a leader gives up the lease, so that others needn't wait: it has no holder, and a duration of a
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
