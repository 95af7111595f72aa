/**
 * What the controllers of RoleInstanceSets and of RoleInstances share: where their kinds are served, who owns what, and
 * how they hold numbers: for themselves, by the allocator's word.
 *
 * Refuses: to know pools, the ledger, ConfigMaps, and how a number is chosen.
 *
 * 1. A number counts when the allocator has answered with it: then it is held for the object that asked.
 * 2. What nobody wants any more is given up in two steps, and not while a pod may have it.
 * 3. Owner references never block.
 */
export { RoleIndex, indexRoles } from './caches.ts';
export type { RoleCaches } from './caches.ts';
export { canonicalJson, shortHash } from './canonical.ts';
export { FormerAllocations, formerAllocationsOf } from './former-allocations.ts';
export { isFormerPod, podRevision } from './former-pods.ts';
export { Holdings } from './holdings.ts';
export type { Held, HoldingsParts, Numbers, Wanted } from './holdings.ts';
export { inParallel } from './in-parallel.ts';
export { ownerReferenceTo } from './ownership.ts';
export { podsRun, runningPods } from './remains.ts';
export type { PodSelection, WhereToLook } from './remains.ts';
export { LACKING_AGAIN_MS, LOOK_FOR_PODS_MS, TRY_AGAIN_MS, judge, whileItLasts } from './reconciling.ts';
export type { RoleReconcilerParts, Vanished } from './reconciling.ts';
export { makeServices, missingServices } from './services.ts';
export type { ServiceOwner } from './services.ts';
export { Writer } from './writer.ts';
export type { Target, WriterParts } from './writer.ts';
export { labelledKey, whoNeeds } from './watching.ts';
