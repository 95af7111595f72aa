/**
 * Decisions on the text of role instances: which ports their components ask for, what these are called everywhere, what
 * references come to, what the pods look like, and what can't work. Pure functions; nothing is ever changed.
 *
 * Refuses: input and output, clocks, pools, and to know who has which number: numbers are arguments, taken from the
 * status of PortAllocations.
 *
 * 1. The annotation and its typed twin come to one value; both at once are refused.
 * 2. A port has one name in its PortAllocation and one key in annotations, the same every time, and at most 63 characters.
 * 3. A reference comes to a number, to something that is waited for, or to a fault that names it; never to something near.
 * 4. A pod is made with all of its numbers or not at all, and no webhook has to look at it.
 */
export { portsOfComponent, portsOfComponents, portsText } from './component-ports.ts';
export type { ComponentPorts } from './component-ports.ts';
export {
  instanceName,
  newSuffix,
  ordinalIn,
  podName,
  podScopedKey,
  podScopedPort,
  roleScopedKey,
  roleScopedPort,
} from './names.ts';
export {
  numbersOfPod,
  podScopedAnnotations,
  podScopedRequests,
  roleScopedAnnotations,
  roleScopedRequests,
} from './port-requests.ts';
export type { GivenNumber, GivenNumbers, RoleNumbers } from './port-requests.ts';
export { lookUpRole, resolveReferences, roleOf } from './references.ts';
export type { Referred, ReferredNumbers, Referrer, RoleLookup } from './references.ts';
export { podFor } from './pod-for.ts';
export type { PodParts } from './pod-for.ts';
export { placeLabels } from './pod-env.ts';
export type { PodPlace } from './pod-env.ts';
export { selectorOfInstance, selectorOfSet } from './names.ts';
export { setFaults } from './faults.ts';
export { setWarnings } from './faults.ts';
export { numbersAssignedTo } from './assigned-names.ts';
export type { AssignedNumber } from './assigned-names.ts';
