/**
 * What the controllers of RoleInstanceSets and of RoleInstances share: their caches, how they hold numbers, how they write
 * objects, conditions and Services, and how they find out whether pods are left. A *role* is a set or an instance as a holder.
 *
 * It refuses to know pools, the ledger, ConfigMaps, and how a number is chosen.
 *
 * 1. A number counts when the allocator has answered with it: then it is held for the UID of the set or the instance.
 * 2. A port that isn't wanted any more is given up in two steps, and not while a pod may use it.
 * 3. Owner references never block a deletion.
 */
export { RoleIndex, indexRoles, labelledKey, roleNameOf } from './caches.ts';
export type { RoleCaches } from './caches.ts';
export { FormerAllocations } from './former-allocations.ts';
export { Holdings } from './holdings.ts';
export type { Held, Numbers } from './holdings.ts';
export { inParallel } from './in-parallel.ts';
export { LACKING_AGAIN_MS, LOOK_FOR_PODS_MS, TRY_AGAIN_MS, faultsBy, unlessGone } from './reconciling.ts';
export type { RoleReconcilerParts } from './reconciling.ts';
export { podsRun, releaseRemains, runningPods } from './remains.ts';
export { canonicalJson, isFormerPod, podRevision, shortHash } from './revision.ts';
export { createServices, missingServices, keysOfOwnersNaming } from './services.ts';
export { ALL_ALLOCATED, conditionsOf, firstThree, reportStatus } from './status.ts';
export type { ConditionState } from './status.ts';
export { Writer, ownerReferenceTo } from './writer.ts';
