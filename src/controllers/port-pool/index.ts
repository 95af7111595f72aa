/**
 * Reconciles PortPools: usage and conditions in the status, and the finalizer that keeps a pool while it is in use.
 * It refuses to know who holds numbers, and to take any away: a pool that shrinks leaves holders their numbers.
 * 1. The states in the status add up to the capacity.
 * 2. A pool is deleted only when no number is held for it.
 */
export { startPortPools } from './controller.ts';
export type { PortPoolsParts } from './controller.ts';
export { decide } from './decide.ts';
export type { Remark, Situation } from './decide.ts';
export { PortPoolReconciler } from './reconciler.ts';
export type { ReconcilerParts } from './reconciler.ts';
