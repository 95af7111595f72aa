/**
 * The controller of RoleInstanceSets: how many instances a set has, which template each instance has, and the ports that all of
 * them share.
 *
 * `reconciler.ts` gathers facts (`gather.ts`), decides (`decide.ts`, `revisions.ts`, `status.ts`: pure) and applies
 * (`writer.ts`); `new-instance.ts` makes instances of templates, and `ports.ts` holds and shows the shared numbers.
 *
 * It refuses to know pools and how a number is chosen, and it knows pods only to find out whether any is left.
 *
 * 1. The same template always has the same revision, and the same set makes the same names: any step may be lost or repeated.
 * 2. An update makes no more instances unavailable than the set allows, beside those that are unavailable anyway.
 * 3. The numbers that all instances share are released when the last pod of the set is gone, however the set was deleted.
 */
export { startRoleInstanceSets } from './controller.ts';
export { decideRollout, decideScale } from './decide.ts';
export type { Member } from './gather.ts';
export { shownChange } from './ports.ts';
export { planRevisions } from './revisions.ts';
export type { RevisionSituation } from './revisions.ts';
