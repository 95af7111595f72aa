/**
 * Pods with ports: their reservations are confirmed when they are seen; their numbers are released when they are
 * deleted, have finished, or are terminating with nothing left that runs.
 * It refuses to know pools and blocks, and to release anything only because no pod is seen.
 * 1. A number is held as long as its pod may use it: in doubt it does.
 * 2. A pod costs no write of its own: confirmations and releases share the ledger's writes.
 */
export { startConfirmations, startPods } from './controller.ts';
export type { ConfirmationParts, PodsParts } from './controller.ts';
