/**
 * The durable record of who holds what: blocks of 64 numbers in ConfigMaps, written by compare-and-swap and group
 * commit, and followed by a watch. Begin with `ledger.ts`, then `committer.ts` and `shard.ts`.
 * It refuses to know custom resources, pools as users write them, and why a number is asked for.
 * 1. Nothing is answered before the API server has acknowledged it.
 * 2. Every write carries the resourceVersion that it was planned on, so any number of writers stay correct.
 * 3. A known block is never written emptier than managers left it: what others delete or edit is restored.
 * 4. An unreadable entry is kept, and its number is assigned to nobody.
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
