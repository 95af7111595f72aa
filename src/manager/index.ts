/**
 * One manager put together: what it sees, what it holds, what answers reviews, and what it does while it leads.
 *
 * Refuses: options and exit codes, and every decision about a number or an object: these are its parts'.
 *
 * 1. Nobody is served before the caches are filled, the ledger is read and the holders that are there are adopted.
 * 2. What a leader writes carries the fence of its term.
 * 3. Whatever is started ends with the manager, in the reverse order.
 */
export { ledgerSelector } from '../ledger/index.ts';
export { LedgerNamespaceError, portPoolDefinition, refuseElsewhere } from './ledger-namespace.ts';
export { runManager } from './manager.ts';
export type { ManagerSettings } from './settings.ts';
