/**
 * Published Services: EndpointSlices with the node and the number of each of their pods, for numbers that are in no
 * container port, where the built-in controller would look for them.
 * It refuses ports without a named targetPort, and to publish numbers from container ports: a pod's assigned numbers
 * are in its annotations, and count only as far as the ledger says the same.
 * 1. A pod that can be found is in one slice of each address family of its node.
 * 2. Pods with different numbers are in different slices, because a slice has its ports once for all of its endpoints.
 * 3. A slice that is right isn't written. An endpoint stays in its slice.
 * 4. No number is published that the ledger doesn't have for the pod at that address. A pod that is seen before its
 *    claim is published when the claim is seen.
 * 5. Each slice is owned by its Service, by UID, and is deleted when the Service no longer wants it.
 */
export { PublishedServices } from './controller.ts';
export type { ServicesParts } from './controller.ts';
export { Doubts } from './doubts.ts';
export type { ClaimsOn } from './entitled.ts';
export { isFindable } from './endpoint.ts';
export { ServiceReconciler } from './reconciler.ts';
export type { ServiceReconcilerParts } from './reconciler.ts';
export { SeenServices, ZONE_LABEL, homeOf, isAnnotated, ourSlices, zoneIn } from './seen.ts';
export type { ServiceCaches } from './seen.ts';
