/**
 * One manager, put together: what it sees, what it holds, how it answers reviews, and what it does while it leads.
 * Begin with `manager.ts`, then `assembly.ts`.
 * This folder refuses options and exit codes, and every decision about a number or an object: those belong to its
 * parts.
 * 1. No request is served before the caches are filled, the ledger is read and the existing holders are adopted.
 * 2. A leader's writes carry the fence of its term.
 * 3. Whatever is started ends with the manager, in reverse order.
 */
export { ledgerSelector } from '../ledger/index.ts';
export { LedgerNamespaceError, portPoolDefinition, refuseElsewhere } from './ledger-namespace.ts';
export { runManager } from './manager.ts';
