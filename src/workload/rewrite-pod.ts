import { podAnnotations } from '../api/index.ts';
import { invariant } from '../base/result.ts';
import type { Container, ContainerPort, Pod } from '../kube/index.ts';
import { annotationsOf, isResult } from './annotations.ts';
import { containersOf } from './container-ports.ts';
import type { PodDemand } from './demand.ts';
import { replacedBy, withVariables } from './env.ts';
import type { Variable } from './env.ts';
import { followPorts, renumberedPorts } from './handlers.ts';
import type { RenumberedPorts } from './handlers.ts';
import { networkFor } from './host-network.ts';
import type { NetworkFields } from './host-network.ts';
import type { PodRequest } from './read-pod.ts';
import { requestedText } from './requested.ts';
import type { Requested, RequestedContainer, RequestedPort } from './requested.ts';
import { amountsOf, withResource } from './room.ts';

/** How much of an extended resource a pod requests from its node, as a Kubernetes quantity. */
export interface RoomRequest {
  readonly resource: string;
  readonly amount: string;
}

/** The changes to a pod that asked for ports. */
interface Rewrite {
  /** The variables that every container gets. */
  readonly variables: readonly Variable[];
  /** The change of a container port; undefined for a port that is removed. */
  readonly port: (port: ContainerPort) => ContainerPort | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** The room that the first container requests from the node. */
  readonly room?: RoomRequest;
}

/** A {@link Rewrite} with what follows from it and from the pod. */
interface Changes extends Rewrite {
  readonly network: NetworkFields;
  /** The new numbers of container ports, which probes and hooks follow. */
  readonly renumbered: RenumberedPorts;
}

/**
 * The pod of `request` changed by `rewrite`, on the network that it asks for; `hostport.io/requested` records how it was
 * written.
 * @throws InvariantError if the pod carries results already (see `withoutInjection`)
 */
export function rewritePod(request: PodRequest, rewrite: Rewrite): Pod {
  const { original: pod, demand } = request;
  invariant(!Object.keys(annotationsOf(pod)).some(isResult), 'a pod is given ports that carries some already');
  const { containers, initContainers } = pod.spec;
  const changes: Changes = {
    ...rewrite,
    network: networkFor(request),
    renumbered: renumberedPorts(containersOf(pod), (port) => rewrite.port(port) ?? port),
  };
  const annotations = {
    ...annotationsOf(pod),
    ...rewrite.annotations,
    [podAnnotations.requested]: requestedText(recordOf(pod, demand, changes)),
  };
  const roomy = containers.map((container, at) => (at === 0 ? withRoom(container, rewrite) : container));
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: {
      ...pod.spec,
      ...changes.network,
      containers: roomy.map((container) => changed(container, changes)),
      ...(initContainers === undefined
        ? {}
        : { initContainers: initContainers.map((container) => changed(container, changes)) }),
    },
  };
}

function withRoom(container: Container, { room }: Rewrite): Container {
  if (room === undefined) return container;
  return withResource(container, room.resource, { requests: room.amount, limits: room.amount });
}

function changed(container: Container, { variables, port, renumbered }: Changes): Container {
  const env = withVariables(container.env ?? [], variables);
  const { ports, ...followed } = followPorts(container, renumbered).container;
  const rewritten = ports?.flatMap((each) => port(each) ?? []) ?? [];
  return {
    ...followed,
    ...(ports === undefined || (rewritten.length === 0 && ports.length > 0) ? {} : { ports: rewritten }),
    ...(env.length === 0 ? {} : { env }),
  };
}

/** The content of `hostport.io/requested`: the parts of `pod` that `changes` replace. */
function recordOf(pod: Pod, demand: PodDemand, changes: Changes): Requested {
  const { containers, initContainers = [], hostNetwork, dnsPolicy } = pod.spec;
  const { variables, network } = changes;
  const record = (container: Container): RequestedContainer => containerRecord(container, changes);
  return {
    containers: containers.map(record),
    initContainers: initContainers.map(record),
    env: variables.map(({ name }) => name),
    annotations: formerAnnotations(pod, demand),
    ...roomRecord(containers[0], changes),
    ...(network.hostNetwork === undefined ? {} : { hostNetwork: hostNetwork ?? null }),
    ...(network.dnsPolicy === undefined ? {} : { dnsPolicy: dnsPolicy ?? null }),
  };
}

/** The former values of the annotations that users ask Hostport to write; null if there was none. */
function formerAnnotations(pod: Pod, { ports }: PodDemand): Record<string, string | null> {
  const keys = ports.flatMap(({ annotationKey }) => (annotationKey === undefined ? [] : [annotationKey]));
  return Object.fromEntries(keys.map((key) => [key, annotationsOf(pod)[key] ?? null]));
}

function roomRecord(container: Container | undefined, { room }: Rewrite): Pick<Requested, 'room'> {
  if (room === undefined || container === undefined) return {};
  const { requests, limits } = amountsOf(container, room.resource);
  return {
    room: {
      container: container.name,
      resource: room.resource,
      ...(requests === undefined ? {} : { requests }),
      ...(limits === undefined ? {} : { limits }),
      ...(container.resources === undefined ? { bare: true } : {}),
    },
  };
}

function containerRecord(container: Container, { variables, port, renumbered }: Changes): RequestedContainer {
  return {
    name: container.name,
    ports: (container.ports ?? []).map((each) => portRecord(each, port(each) === undefined)),
    calls: [...followPorts(container, renumbered).calls],
    env: replacedBy(container.env ?? [], variables).map(({ at, was }) => ({ at, was: { ...was } })),
  };
}

function portRecord(declared: ContainerPort, isAway: boolean): RequestedPort {
  const { name, protocol, containerPort, hostPort, hostIP } = declared;
  return {
    ...(name === undefined ? {} : { name }),
    ...(protocol === undefined ? {} : { protocol }),
    containerPort,
    ...(hostPort === undefined ? {} : { hostPort }),
    // The address of a port that isn't removed stays in the spec.
    ...(isAway && hostIP !== undefined ? { hostIP } : {}),
    ...(isAway ? { away: true } : {}),
  };
}
