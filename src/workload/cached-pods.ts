import { podAnnotations, roleLabels, ROOM_PREFIX } from '../api/index.ts';
import type { Container, ContainerStatus, Pod, PodStatus } from '../kube/index.ts';
import { isOurs } from './annotations.ts';
import { containersOf, hostPortOf } from './container-ports.ts';
import { hasFinished, isOfRbg, nodeNameOf } from './pod-facts.ts';

/**
 * Whether the cache keeps `pod` (ADR 23). It doesn't keep most pods of a cluster: those without annotations and labels of
 * Hostport, host ports and requests for room. There are two exceptions:
 *
 * 1. A pod that isn't bound yet stays, so that its Binding is answered without asking the API server for the pod.
 * 2. A pod that was relevant before (`cached`) stays whatever it says now: to the cache's listeners its removal would look
 *    like its deletion.
 */
export function shouldCache(pod: Pod, cached: Pod | undefined): boolean {
  return isRelevant(pod) || (cached !== undefined && isRelevant(cached)) || isToBeBound(pod);
}

/** Whether a pod asks for ports, has some, or belongs to a role instance. */
function usesHostport(pod: Pick<Pod, 'metadata'>): boolean {
  const { labels, annotations } = pod.metadata;
  if (labels?.[roleLabels.roleInstance] !== undefined) return true;
  for (const key in annotations) {
    if (isOurs(key) && (key !== podAnnotations.rbgPortAllocator || !isOfRbg(pod))) return true;
  }
  return false;
}

/** Whether a pod uses ports of its node, or requests room there. A finished pod does neither. */
function usesItsNode(pod: Pod): boolean {
  if (hasFinished(pod)) return false;
  const { hostNetwork } = pod.spec;
  return containersOf(pod).some(
    ({ ports = [], resources }) =>
      ports.some((port) => hostNetwork === true || hostPortOf(port) !== undefined) ||
      Object.keys(resources?.requests ?? {}).some((resource) => resource.startsWith(ROOM_PREFIX)),
  );
}

function isRelevant(pod: Pod): boolean {
  return usesHostport(pod) || usesItsNode(pod);
}

function isToBeBound(pod: Pod): boolean {
  return nodeNameOf(pod) === undefined && !hasFinished(pod);
}

/** The spec that the cache has for a pod that waits to be bound: nothing there is needed. */
const EMPTY_SPEC: Pod['spec'] = Object.freeze({ containers: Object.freeze([]) });

/**
 * The part of `pod` that the cache keeps (see {@link shouldCache}): the whole pod if it asks for ports or belongs to a role
 * instance; otherwise only the ports of its node that it uses, the room that it requests, and the state that shows when
 * it ends.
 */
export function trimPod(pod: Pod): Pod {
  if (usesHostport(pod)) return pod;
  const { namespace, name, uid, resourceVersion, creationTimestamp, deletionTimestamp } = pod.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: defined({ namespace, name, uid, resourceVersion, creationTimestamp, deletionTimestamp }),
    spec: specOf(pod),
    ...statusOf(pod),
  } as Pod;
}

function specOf(pod: Pod): Pod['spec'] {
  if (nodeNameOf(pod) === undefined && !usesItsNode(pod)) return EMPTY_SPEC;
  const { hostNetwork, nodeName, containers, initContainers } = pod.spec;
  return defined({
    hostNetwork,
    nodeName,
    containers: containers.map(portsAndRoomOf),
    initContainers: initContainers?.map(portsAndRoomOf),
  }) as Pod['spec'];
}

/** The state of containers is needed only while the pod terminates. */
function statusOf({ metadata, status }: Pod): Pick<Pod, 'status'> {
  if (status === undefined) return {};
  const { phase, containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = status;
  if (metadata.deletionTimestamp === undefined) return { status: defined({ phase }) };
  return {
    status: defined({
      phase,
      containerStatuses: containerStatuses?.map(stateOf),
      initContainerStatuses: initContainerStatuses?.map(stateOf),
      ephemeralContainerStatuses: ephemeralContainerStatuses?.map(stateOf),
    }) as PodStatus,
  };
}

function stateOf({ name, restartCount, containerID, state }: ContainerStatus): ContainerStatus {
  return defined({ name, restartCount, containerID, state }) as ContainerStatus;
}

function portsAndRoomOf({ name, ports, restartPolicy, resources }: Container): Container {
  const room = Object.entries(resources?.requests ?? {}).filter(([resource]) => resource.startsWith(ROOM_PREFIX));
  const requested = room.length === 0 ? undefined : { requests: Object.fromEntries(room) };
  return defined({ name, ports, restartPolicy, resources: requested }) as Container;
}

/** `fields` without those that are undefined. */
function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
