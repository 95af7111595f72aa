import { ROOM_PREFIX, roleLabels } from '../api/index.ts';
import type { Container, Pod } from '../kube/index.ts';
import { annotationsOf, isOurs } from './annotations.ts';

/**
 * What is worth keeping in memory of a pod: everything of one that asks for ports or belongs to a role instance, and of
 * any other only what tells which ports of its node it has or how much room it asks for, and for how long.
 */
export function trimPod(pod: Pod): Pod {
  if (pod.metadata.labels?.[roleLabels.roleInstance] !== undefined) return pod;
  if (Object.keys(annotationsOf(pod)).some(isOurs)) return pod;
  const { namespace, name, uid, resourceVersion, creationTimestamp, deletionTimestamp } = pod.metadata;
  const { hostNetwork, nodeName, containers, initContainers } = pod.spec;
  const { phase, containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = pod.status ?? {};
  const statuses = defined({ phase, containerStatuses, initContainerStatuses, ephemeralContainerStatuses });
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: defined({ namespace, name, uid, resourceVersion, creationTimestamp, deletionTimestamp }),
    spec: defined({
      hostNetwork,
      nodeName,
      containers: containers.map(essenceOf),
      initContainers: initContainers?.map(essenceOf),
    }),
    ...(pod.status === undefined ? {} : { status: statuses }),
  } as Pod;
}

function essenceOf({ name, ports, restartPolicy, resources }: Container): Container {
  const room = Object.entries(resources?.requests ?? {}).filter(([resource]) => resource.startsWith(ROOM_PREFIX));
  const kept = room.length === 0 ? undefined : { requests: Object.fromEntries(room) };
  return defined({ name, ports, restartPolicy, resources: kept }) as Container;
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
