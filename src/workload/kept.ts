import { ROOM_PREFIX, roleLabels } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';
import { isOurs } from './annotations.ts';
import { containersOf, hostPortOf } from './container-ports.ts';
import { nodeNameOf } from './place.ts';
import { hasFinished } from './port-use.ts';

/**
 * Whether a pod is worth any memory. Most pods of a cluster aren't: those that have nothing of ours, no port of their node
 * and no request for room.
 *
 * 1. Of those, one that isn't bound yet is kept, so that its Binding is answered without asking the API server for the pod.
 * 2. What concerned us before stays, whatever it says now: that it is kept no longer would pass for its end.
 */
export function isKept(pod: Pod, kept: Pod | undefined): boolean {
  return concernsUs(pod) || (kept !== undefined && concernsUs(kept)) || isToBeBound(pod);
}

/** Whether a pod asks for ports, was given some, or belongs to a role instance. */
export function isOursToServe({ metadata: { labels, annotations } }: Pick<Pod, 'metadata'>): boolean {
  if (labels?.[roleLabels.roleInstance] !== undefined) return true;
  for (const key in annotations) if (isOurs(key)) return true;
  return false;
}

/** Whether a pod has ports of its node, or is counted in its node's room. One that has finished is neither. */
export function takesOfItsNode(pod: Pod): boolean {
  if (hasFinished(pod)) return false;
  const { hostNetwork } = pod.spec;
  return containersOf(pod).some(
    ({ ports = [], resources }) =>
      ports.some((port) => hostNetwork === true || hostPortOf(port) !== undefined) ||
      Object.keys(resources?.requests ?? {}).some((resource) => resource.startsWith(ROOM_PREFIX)),
  );
}

function concernsUs(pod: Pod): boolean {
  return isOursToServe(pod) || takesOfItsNode(pod);
}

function isToBeBound(pod: Pod): boolean {
  return nodeNameOf(pod) === undefined && !hasFinished(pod);
}
