/**
 * Records: what annotated pods and their controllers hold, as PortAllocations, so that `kubectl get portallocations -A`
 * shows everything.
 * It refuses to decide who holds what; a record only repeats what the ledger says.
 * 1. A record is one write: all of its content is in its spec from its creation. It has no status.
 * 2. Records are written after the pods: they yield to admission, and exist within seconds of the end of a burst.
 * 3. They have no finalizer, and deleting one releases nothing while a pod uses the numbers.
 * 4. They are collected with their object, by their owner reference.
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
