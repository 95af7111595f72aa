/**
 * Admission webhooks: review in, JSON Patch out. A pod that asks for ports gets them here, before it is stored, so that
 * its process knows them before it starts. A RoleInstanceSet that can't work is refused here, with all that is wrong.
 *
 * Refuses: to know ConfigMaps and sockets; to let a pod in that asked for ports and has none.
 *
 * 1. What a pod brings along of our results is taken out. Numbers that are reserved for its name by the same party,
 *    unconfirmed, pass to it if no pod of the name is there.
 * 2. No two creates have one token: what is done about one pod is never done to another.
 * 3. A dry run shows numbers and writes nothing.
 * 4. A pod that takes a pool of scope Node gets its numbers with its Binding: it is never bound without them.
 * 5. Every answer is a review with the reason in it, also to rubbish.
 */
export type { RouteParts } from './answer.ts';
export { BindingAdmission } from './binding-admission.ts';
export type { BindingAdmissionParts, BindingAnnotations } from './binding-admission.ts';
export { readBindingReview } from './binding-review.ts';
export type { BindingReview } from './binding-review.ts';
export { bindingRoute } from './routes.ts';
export type { BindingRouteParts } from './routes.ts';
export { PodAdmission } from './pod-admission.ts';
export type { Admitted, PodAdmissionParts } from './pod-admission.ts';
export { podRoute } from './routes.ts';
export type { PodRouteParts } from './routes.ts';
export { readReview } from './review.ts';
export { admitRoleInstanceSet } from './role-instance-set-admission.ts';
export { readRoleInstanceSetReview } from './role-instance-set-review.ts';
export type { RoleInstanceSetReview } from './role-instance-set-review.ts';
export { roleInstanceSetRoute } from './routes.ts';
export type { PodReview } from './review.ts';
