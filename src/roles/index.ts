/**
 * What the controllers of RoleInstanceSets and of RoleInstances share: where their kinds are served, who owns what, and
 * how ports are asked for: by a PortAllocation, of which they wait for the status.
 *
 * Refuses: to know pools, the ledger, ConfigMaps, and how a number is chosen.
 *
 * 1. An allocation that is made here bears both finalizers from its first moment: no mode of deletion frees a number
 *    before its owner's controller lets go.
 * 2. A number counts when the status is about the spec as it is now.
 * 3. Owner references never block.
 */
export { AllocationKeeper } from './allocation-keeper.ts';
export type { Kept, PodsInQuestion } from './allocation-keeper.ts';
export { podAllocationName, roleAllocationName } from './allocation-names.ts';
export { RoleIndex, indexRoles } from './caches.ts';
export type { RoleCaches } from './caches.ts';
export { canonicalJson, shortHash } from './canonical.ts';
export { isFormerPod, podRevision } from './former-pods.ts';
export { PortAllocations, RoleInstanceSets, RoleInstances } from './kinds.ts';
export { wasGivenToRole } from './given.ts';
export { inParallel } from './pace.ts';
export { ownerReferenceTo } from './ownership.ts';
export { podsRun } from './remains.ts';
export type { PodSelection, WhereToLook } from './remains.ts';
export { LOOK_FOR_PODS_MS, judge, whileItLasts } from './reconciling.ts';
export type { RoleReconcilerParts, Vanished } from './reconciling.ts';
export { nameTaken, tell } from './said.ts';
export type { Said, Tale } from './said.ts';
export { makeServices, missingServices } from './services.ts';
export type { ServiceOwner } from './services.ts';
export { decideAllocation, droppedBy, numbersIn, verdictOn, wantedBy } from './wanted-ports.ts';
export type { AllocationStep, WantedAllocation, WantedPort } from './wanted-ports.ts';
export { Writer } from './writer.ts';
export type { Target, WriterParts } from './writer.ts';
