import { resourceType } from './resource.ts';
import type { KubeObject } from './resource.ts';

/** The spec of a Lease. Its times come from the writer's clock: show them, but never compare them with another clock. */
export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  /** `metav1.MicroTime`, see {@link microTime}. */
  readonly acquireTime?: string;
  /** `metav1.MicroTime`. */
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
 * A wall-clock time as `metav1.MicroTime`. The API server refuses it without six decimal places.
 * @param epochMs milliseconds since the epoch
 */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}

/**
 * A wall-clock time as `metav1.Time`, in whole seconds.
 * @param epochMs milliseconds since the epoch
 */
export function secondTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
