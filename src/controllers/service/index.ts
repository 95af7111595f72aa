/**
 * Services that are published: EndpointSlices with the node and the number of each of their pods, for numbers that stand in
 * no container port, where the built-in controller would look for them.
 *
 * Refuses: ports without a named targetPort, to read container ports for what it publishes, because what a pod was told stands
 * in its annotations, and to believe these where the ledger doesn't say the same.
 *
 * 1. A pod that can be found stands in one slice of each family of its node's addresses.
 * 2. Pods with other numbers stand in other slices, because a slice has its ports once for all of its endpoints.
 * 3. What is as it should be isn't written. An endpoint stays in its slice.
 * 4. No number is published that the ledger doesn't have for the pod at that address. A pod that comes before its claim is
 *    published when the claim is there.
 * 5. No slice of ours is without its Service: owned by its UID, gone with its wish.
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
