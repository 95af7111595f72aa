/**
 * Records: what annotated pods and their controllers hold, as PortAllocations, so that `kubectl get portallocations -A`
 * shows everything.
 *
 * Refuses: to decide who holds what; a record only tells what the ledger says.
 *
 * 1. Records come after the pods: they never slow an admission, and are there within seconds of the end of a burst.
 * 2. They bear no finalizer, and deleting one frees nothing while a pod uses the numbers.
 */
export { RecordKeeper } from './keeper.ts';
export type { RecordKeeperParts } from './keeper.ts';
