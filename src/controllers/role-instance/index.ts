/**
 * The controller of RoleInstances: one pod for each component and index, with the numbers of its ports, and the restarts and
 * the deletion of these pods.
 *
 * `reconciler.ts` gathers facts (`gather.ts`), decides (`decide.ts`, `status.ts`: pure) and applies (`apply.ts`, `writer.ts`);
 * `ports.ts` holds and shows the numbers, `deletion.ts` releases them, and `burst.ts` delays reports while pods are created.
 *
 * It refuses to know pools and how a number is chosen.
 *
 * 1. No pod is created before its numbers are held, and the first pods of an instance only when the numbers of all are.
 * 2. A pod's name has one pod at a time, and its numbers stay the same from one pod to the next.
 * 3. No pod is deleted for a template that the API server refuses.
 * 4. The numbers of an instance are released when its last pod is gone, however the instance was deleted.
 */
export { startRoleInstances } from './controller.ts';
export { decideRestart, planPods, withoutRefused } from './decide.ts';
export type { PodPlan, PodSituation, RestartSituation } from './decide.ts';
export { viewPod } from './gather.ts';
export type { DesiredPod, PodView } from './gather.ts';
export { DryRuns } from './writer.ts';
export type { DryRunPod } from './writer.ts';
