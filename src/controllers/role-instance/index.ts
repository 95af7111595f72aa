/**
 * The controller of RoleInstances: one pod for each component and index, with the numbers of its ports, and the restarts and
 * the deletion of these pods.
 *
 * It refuses to know pools and how a number is chosen.
 *
 * 1. No pod is created before its numbers are held, and the first pods of an instance only when the numbers of all are.
 * 2. A pod's name has one pod at a time, and its numbers stay the same from one pod to the next.
 * 3. No pod is deleted for a template that the API server refuses.
 * 4. The numbers of an instance are released when its last pod is gone, however the instance was deleted.
 */
export { startRoleInstances } from './controller.ts';
export type { RoleInstancesParts } from './controller.ts';
export { viewPod } from './pod-view.ts';
export type { PodView } from './pod-view.ts';
export { planPods } from './pods.ts';
export type { DesiredPod, PodPlan, PodSituation } from './pods.ts';
export { decideRestart } from './restart.ts';
export type { RestartDecision, RestartSituation } from './restart.ts';
export { shownChange } from './output.ts';
export { decideStatus } from './status.ts';
export { Trials, withoutRefused } from './trials.ts';
export type { Trial } from './trials.ts';
