/**
 * Reconciles PortAllocations: finalizer, numbers, status, Events; the release before an allocation is deleted.
 * It refuses to know ConfigMaps, other controllers and how numbers are chosen.
 * 1. The finalizer is there before the first number is.
 * 2. The status repeats the allocator's answer, and keeps the old numbers when an edit is refused.
 * 3. Any step may be lost or repeated.
 */
export { startPortAllocations } from './controller.ts';
export type { PortAllocationsParts } from './controller.ts';
export { decide } from './decide.ts';
export type { Decision, Situation } from './decide.ts';
export { PortAllocationReconciler } from './reconciler.ts';
export type { ReconcilerParts } from './reconciler.ts';
