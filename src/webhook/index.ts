/**
 * Admission webhooks: a review comes in, a JSON Patch goes out. A pod that asks for ports gets them here, before it is
 * stored, so that its process knows them before it starts. A RoleInstanceSet that can't work is refused here, with
 * everything that is wrong with it. Read in this order: `routes.ts`, `answer.ts`, `pod-review.ts`,
 * then `pod-admission.ts` with `identity.ts` and `allocation-requests.ts`.
 * It refuses to know ConfigMaps and sockets, and to admit a pod that asked for ports without them.
 * 1. Results of Hostport that a pod already carries are removed. Numbers that are reserved, unconfirmed, for its name
 *    by the same owner pass to it if no pod of that name exists.
 * 2. No two creates have the same token: what is done about one pod is never done to another.
 * 3. A dry run shows numbers and writes nothing.
 * 4. A pod that uses a pool of scope Node gets its numbers with its Binding: it is never bound without them.
 * 5. Every answer is a review that contains the reason, also if the request was garbage.
 */
export { BindingAdmission } from './binding-admission.ts';
export { PodAdmission } from './pod-admission.ts';
export { admitRoleInstanceSet } from './role-instance-set-admission.ts';
export { bindingRoute, podRoute, roleInstanceSetRoute } from './routes.ts';
