/**
 * Decisions about the text of a pod: what it asks for, which numbers it needs, and what it looks like with and without
 * them. Pure functions: a pod is never changed; a new one is returned, which shares the unchanged parts. Begin with
 * `read-pod.ts`, then `assign-ports.ts` and `claimed.ts`.
 * It refuses input and output, clocks and pools, and to know who holds which number.
 * 1. A pod that can't be understood is refused as a whole, with the text quoted and what to write instead.
 * 2. `withoutInjection` undoes `assignPorts` exactly; whatever the annotations say, it leaves no result of Hostport on
 *    the pod.
 * 3. Container port and host port of a port change together.
 * 4. Annotations alone are never believed: a number counts if the pod's spec confirms it, or reads it from there.
 * 5. In doubt a pod still uses its ports.
 */
export { isServed } from './annotations.ts';
export { assignPorts } from './assign-ports.ts';
export type { AssignedNumbers, NumberBlock } from './assign-ports.ts';
export { assignedPorts, hasAssignedPorts } from './assigned.ts';
export type { AssignedPort, WireProtocol } from './assigned.ts';
export { shouldCache, trimPod } from './cached-pods.ts';
export { hostPortsOf } from './claimed.ts';
export type { ClaimedPort } from './claimed.ts';
export { boundAnnotations, deferPorts, isBoundWithoutPorts, isDeferredDemand } from './defer.ts';
export type { Deferral } from './defer.ts';
export { deferralFault, nodePoolFault } from './deferral-fault.ts';
export type { DemandedPort, PodDemand } from './demand.ts';
export { demandedHostPorts, forbidsHostPorts, warningsFor } from './host-network.ts';
export { controllerOf, mayUsePorts, nodeNameOf, onlyNodeOf, ordinalOf } from './pod-facts.ts';
export { sharesPort } from './port-allocator.ts';
export { portHoldersOf, usedNumbers } from './port-holders.ts';
export type { PortHolders } from './port-holders.ts';
export { readPod } from './read-pod.ts';
export type { PodRequest } from './read-pod.ts';
export { requestedRoom, roomIn } from './room.ts';
export type { Room } from './room.ts';
export type { PodSettings } from './settings.ts';
