import { ROOM_PREFIX } from '../api/index.ts';
import type { Container, ContainerStatus, Pod, PodStatus } from '../kube/index.ts';
import { defined } from './defined.ts';
import { isOursToServe, takesOfItsNode } from './kept.ts';
import { nodeNameOf } from './place.ts';

/** Of a pod that waits to be bound, and that is all that matters of it. */
const NOTHING: Pod['spec'] = Object.freeze({ containers: Object.freeze([]) });

/**
 * What is kept in memory of a pod that `isKept`: everything of one that asks for ports or belongs to a role instance; of any
 * other only what tells which ports of its node it has or how much room it asks for, and for how long.
 */
export function trimPod(pod: Pod): Pod {
  if (isOursToServe(pod)) return pod;
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
  if (nodeNameOf(pod) === undefined && !takesOfItsNode(pod)) return NOTHING;
  const { hostNetwork, nodeName, containers, initContainers } = pod.spec;
  return defined({
    hostNetwork,
    nodeName,
    containers: containers.map(essenceOf),
    initContainers: initContainers?.map(essenceOf),
  }) as Pod['spec'];
}

/** How its containers fare matters only at the end. */
function statusOf({ metadata, status }: Pod): Pick<Pod, 'status'> {
  if (status === undefined) return {};
  const { phase, containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = status;
  if (metadata.deletionTimestamp === undefined) return { status: defined({ phase }) };
  return {
    status: defined({
      phase,
      containerStatuses: containerStatuses?.map(fateOf),
      initContainerStatuses: initContainerStatuses?.map(fateOf),
      ephemeralContainerStatuses: ephemeralContainerStatuses?.map(fateOf),
    }) as PodStatus,
  };
}

function fateOf({ name, restartCount, containerID, state }: ContainerStatus): ContainerStatus {
  return defined({ name, restartCount, containerID, state }) as ContainerStatus;
}

function essenceOf({ name, ports, restartPolicy, resources }: Container): Container {
  const room = Object.entries(resources?.requests ?? {}).filter(([resource]) => resource.startsWith(ROOM_PREFIX));
  const kept = room.length === 0 ? undefined : { requests: Object.fromEntries(room) };
  return defined({ name, ports, restartPolicy, resources: kept }) as Container;
}
