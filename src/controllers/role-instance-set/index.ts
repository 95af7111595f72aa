/**
 * RoleInstanceSets: how many instances there are, which template each has, and the ports that all of them share.
 *
 * Refuses: to know pods but for asking whether any is left, and to know pools and how a number is chosen.
 *
 * 1. The same template is the same revision, and the same set makes the same names: any step may be lost or repeated.
 * 2. An update makes no more instances unavailable than the set allows, but for those that are so anyway.
 * 3. What all instances share is let go when the last pod of the set is gone, however the set was deleted.
 */
export { startRoleInstanceSets } from './controller.ts';
export type { RoleInstanceSetsParts } from './controller.ts';
export type { Member } from './member.ts';
export { judgePorts } from './ports.ts';
export { planRevisions } from './revisions.ts';
export type { RevisionPlan, RevisionSituation } from './revisions.ts';
export { decideRollout, revisionFor } from './rollout.ts';
export { decideScale } from './scale.ts';
export { shownChange } from './shown.ts';
export { decideStatus } from './status.ts';
