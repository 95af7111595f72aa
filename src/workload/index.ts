/**
 * Decisions on a pod's text: what it asks for, which numbers it needs, what it looks like with them, and without them
 * again. Pure functions; a pod is never changed, a new one is returned that shares what stayed the same.
 *
 * Refuses: input and output, clocks, pools, and to know who has which number.
 *
 * 1. What can't be understood is refused as a whole, with the text quoted and what to write instead.
 * 2. `withoutInjection` undoes `givePorts` exactly; whatever stands in the annotations, it leaves no result of ours on the pod.
 * 3. Container port and host port of a port change together.
 * 4. Annotations alone are never believed: a number counts when the pod's spec confirms it, or reads it from there.
 * 5. In doubt a pod still uses its ports.
 */
export { wasGivenPorts } from './annotations.ts';
export { readPodSettings } from './settings.ts';
export type { PodSettings } from './settings.ts';
export { parsePortAllocator } from './port-allocator-text.ts';
export { readPod } from './read-pod.ts';
export type { PodReading, PodRequest } from './read-pod.ts';
export { demandOf } from './demand.ts';
export type { DemandedPort, PodDemand, PortPlaces } from './demanded-port.ts';
export { demandedHostPorts } from './forbidden-host-ports.ts';
export { givePorts } from './give.ts';
export type { Marks } from './give.ts';
export { boundAnnotations, isBoundWithoutPorts, isDeferredDemand, deferPorts } from './defer.ts';
export type { Deferral } from './defer.ts';
export { nodePoolFault, deferralFault } from './deferral-fault.ts';
export type { Given, GivenNumbers } from './write-back.ts';
export { withoutInjection } from './without-injection.ts';
export { isKept } from './kept.ts';
export { trimPod } from './kept.ts';
export { warningsFor } from './warnings.ts';
export { patchFor } from './patch.ts';
export type { Operation } from 'rfc6902';
export { controllerOf, ordinalOf } from './pod-facts.ts';
export type { Controller } from './pod-facts.ts';
export { nodeNameOf, onlyNodeOf } from './pod-facts.ts';
export { claimedPorts, hostPortsOf } from './claimed.ts';
export type { ClaimedPort, HostPort } from './claimed.ts';
export { assignedPorts, wasTold } from './assigned.ts';
export type { AssignedPort, WireProtocol } from './assigned.ts';
export { sharesPort } from './template.ts';
export { portHoldersOf } from './port-holders.ts';
export type { PortHolders } from './port-holders.ts';
export { mayUsePorts } from './port-use.ts';
export { usedNumbers } from './port-holders.ts';
export { forbidsHostPorts } from './forbidden-host-ports.ts';
export { requestedRoom, roomIn } from './room.ts';
export type { Room } from './room.ts';
