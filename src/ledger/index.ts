/**
 * The durable record of who holds what: blocks of 64 numbers in ConfigMaps, written by compare-and-swap and group
 * commit, followed through a watch.
 *
 * It refuses to know custom resources, pools as users write them, and why somebody wants a number.
 *
 * 1. Nothing is answered before the API server has acknowledged it.
 * 2. Every write carries the resourceVersion that it was planned on, so any number of writers stay correct.
 * 3. A block that was seen is never written emptier than managers left it: what a hand deletes or spoils comes back.
 * 4. What can't be read is kept, and its number is given to nobody.
 */
export { CLUSTER, blockName, blockOf, sealOf } from './block.ts';
export type { BlockId, DomainKey, StoredBlock } from './block.ts';
export type { Terms, WriteObserver } from './committer.ts';
export type { Work } from './piece.ts';
export { EVERYWHERE, Ledger } from './ledger.ts';
export type { DamageObserver, DamageReport, LedgerListener } from './ledger.ts';
export { QuotaCounter, quotaCounted } from './quotas.ts';
export type { Counts, SeenCounters } from './quotas.ts';
export { BlockStore, LEDGER_FORMAT, ledgerLabels, ledgerSelector } from './store.ts';
