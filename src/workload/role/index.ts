/**
 * Decisions about the text of role instances: which ports their components ask for, the names of these ports
 * everywhere, what references resolve to, what the pods look like, and what can't work. Pure functions: nothing is ever
 * changed.
 * It refuses input and output, clocks and pools, and to know who holds which number: numbers are arguments.
 * 1. The annotation and the typed field give the same value; both at once are refused.
 * 2. A port has one name in the ledger and one key in annotations, always the same, of at most 63 characters.
 * 3. A reference resolves to a number, to something that is waited for, or to a fault that names it; never to something
 *    similar.
 * 4. A pod is created with all of its numbers or not at all, and no webhook has to change it.
 */
export { portsOfComponents, portsText } from './component-ports.ts';
export type { ComponentPorts } from './component-ports.ts';
export { setFaults, setWarnings } from './faults.ts';
export {
  instanceName,
  newSuffix,
  ordinalIn,
  podName,
  roleScopedKey,
  selectorOfInstance,
  selectorOfSet,
} from './names.ts';
export { numbersAssignedTo } from './pod-env.ts';
export type { AssignedNumber } from './pod-env.ts';
export { podFor } from './pod-for.ts';
export {
  numbersOfPod,
  podScopedAnnotations,
  podScopedRequests,
  roleScopedAnnotations,
  roleScopedRequests,
} from './port-requests.ts';
export type { RoleNumbers } from './port-requests.ts';
export { lookUpRole, resolveReferences, roleOf } from './references.ts';
export type { ReferredNumbers, RoleLookup } from './references.ts';
