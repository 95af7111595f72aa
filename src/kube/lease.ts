import { resourceType } from './resource.ts';
import type { KubeObject } from './resource.ts';

/** What a Lease says; the times are the writer's, to be shown and never compared with another clock. */
export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  /** MicroTime, see {@link microTime}. */
  readonly acquireTime?: string;
  /** MicroTime. */
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** coordination.k8s.io/v1 Lease. */
export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

/** Leases. */
export const Leases = resourceType<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
});

/**
 * A wall time as `metav1.MicroTime`, which is refused without its six digits.
 * @param epochMs milliseconds since the epoch
 */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}

/**
 * A wall time as `metav1.Time`: whole seconds.
 * @param epochMs milliseconds since the epoch
 */
export function secondTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
