/**
 * Decisions about the text of a pod: what it asks for, which numbers it needs, and what it looks like with and without
 * them. Pure functions: a pod is never changed; a new one is returned, which shares the unchanged parts. Begin with
 * `read-pod.ts`.
 * It refuses input and output, clocks and pools, and to know who holds which number.
 * 1. A pod that can't be understood is refused as a whole, with the text quoted and what to write instead.
 * 2. `withoutInjection` undoes `givePorts` exactly; whatever the annotations say, it leaves no result of Hostport on
 *    the pod.
 * 3. Container port and host port of a port change together.
 * 4. Annotations alone are never believed: a number counts if the pod's spec confirms it, or reads it from there.
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
