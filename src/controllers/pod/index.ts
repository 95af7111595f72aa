/**
 * Pods that were given ports: what was reserved for them is confirmed when they are seen, and released when they are
 * gone, have finished, or are ending with nothing of them left running.
 *
 * Refuses: to know pools and blocks; to release anything because nothing is seen.
 *
 * 1. A number is held as long as its pod may use it: in doubt it does.
 * 2. A pod that comes and goes costs no write of its own: confirmations and releases share those of the ledger.
 */
export { startConfirmations, startPods } from './controller.ts';
export type { ConfirmationParts, PodsParts } from './controller.ts';
