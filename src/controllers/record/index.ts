/**
 * Records: what annotated pods and their controllers hold, as PortAllocations, so that `kubectl get portallocations -A`
 * shows everything.
 *
 * Refuses: to decide who holds what; a record only tells what the ledger says.
 *
 * 1. A record is one write: all that it says stands in its spec from its creation. It has no status.
 * 2. Records come after the pods: they give way to admission, and are there within seconds of the end of a burst.
 * 3. They bear no finalizer, and deleting one frees nothing while a pod uses the numbers.
 * 4. They go with their object, by their owner reference, without a write of ours.
 */
export { indexSharing, startRecords } from './controller.ts';
export type { RecordsParts } from './controller.ts';
export { startRoleRecords } from './role-records.ts';
export type { RoleRecordsParts } from './role-records.ts';
export { RecordDeletions } from './deletions.ts';
export type { AfterDeletion, RecordDeletionsParts } from './deletions.ts';
export { RecordInspector } from './inspector.ts';
export type { RecordInspectorParts } from './inspector.ts';
export { RecordKeeper } from './keeper.ts';
export type { RecordKeeperParts } from './keeper.ts';
export { RecordWriter } from './writer.ts';
export type { RecordWriterParts } from './writer.ts';
