import { podAnnotations } from '../api/index.ts';
import { invariant } from '../base/result.ts';
import type { Container, ContainerPort, Pod } from '../kube/index.ts';
import { annotationsOf, isResult } from './annotations.ts';
import { replacedBy, withVariables } from './env.ts';
import type { Variable } from './env.ts';
import { followPorts } from './moves.ts';
import type { Moves } from './moves.ts';
import { requestedText } from './requested.ts';
import type { Requested, RequestedContainer, RequestedPort } from './requested.ts';
import { amountsOf, withResource } from './room.ts';
import { formerAnnotations } from './write-back.ts';
import type { NetworkFields } from './write-back.ts';
import type { PodDemand } from './demanded-port.ts';

/** How much of an extended resource a pod requests from its node, as a Kubernetes quantity. */
export interface Room {
  readonly resource: string;
  readonly amount: string;
}

/** The changes to a pod that asked for ports. */
export interface Rewrite {
  /** The variables that every container gets. */
  readonly variables: readonly Variable[];
  /** The change of a container port; undefined for a port that is removed. */
  readonly port: (port: ContainerPort) => ContainerPort | undefined;
  /** The new numbers of container ports, which probes and hooks follow. */
  readonly moves: Moves;
  readonly network: NetworkFields;
  readonly annotations: Readonly<Record<string, string>>;
  /** The room that the first container requests from the node. */
  readonly room?: Room;
}

/**
 * `pod` changed by `rewrite`; `hostport.io/requested` records how it was written.
 * @throws InvariantError if `pod` carries results already (see `withoutInjection`)
 */
export function rewritePod(pod: Pod, demand: PodDemand, rewrite: Rewrite): Pod {
  invariant(!Object.keys(annotationsOf(pod)).some(isResult), 'a pod is given ports that carries some already');
  const { containers, initContainers } = pod.spec;
  const annotations = {
    ...annotationsOf(pod),
    ...rewrite.annotations,
    [podAnnotations.requested]: requestedText(asItCame(pod, demand, rewrite)),
  };
  const roomy = containers.map((container, at) => (at === 0 ? withRoom(container, rewrite) : container));
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: {
      ...pod.spec,
      ...rewrite.network,
      containers: roomy.map((container) => changed(container, rewrite)),
      ...(initContainers === undefined
        ? {}
        : { initContainers: initContainers.map((container) => changed(container, rewrite)) }),
    },
  };
}

function withRoom(container: Container, { room }: Rewrite): Container {
  if (room === undefined) return container;
  return withResource(container, room.resource, { requests: room.amount, limits: room.amount });
}

function changed(container: Container, { variables, port, moves }: Rewrite): Container {
  const env = withVariables(container.env ?? [], variables);
  const { ports, ...followed } = followPorts(container, moves).container;
  const kept = ports?.flatMap((each) => port(each) ?? []) ?? [];
  return {
    ...followed,
    ...(ports === undefined || (kept.length === 0 && ports.length > 0) ? {} : { ports: kept }),
    ...(env.length === 0 ? {} : { env }),
  };
}

function asItCame(pod: Pod, demand: PodDemand, rewrite: Rewrite): Requested {
  const { containers, initContainers = [], hostNetwork, dnsPolicy } = pod.spec;
  const { variables, network } = rewrite;
  const record = (container: Container): RequestedContainer => containerAsItCame(container, rewrite);
  return {
    containers: containers.map(record),
    initContainers: initContainers.map(record),
    env: variables.map(({ name }) => name),
    annotations: formerAnnotations(pod, demand),
    ...roomAsItWas(containers[0], rewrite),
    ...(network.hostNetwork === undefined ? {} : { hostNetwork: hostNetwork ?? null }),
    ...(network.dnsPolicy === undefined ? {} : { dnsPolicy: dnsPolicy ?? null }),
  };
}

function roomAsItWas(container: Container | undefined, { room }: Rewrite): Pick<Requested, 'room'> {
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

function containerAsItCame(container: Container, { variables, port, moves }: Rewrite): RequestedContainer {
  return {
    name: container.name,
    ports: (container.ports ?? []).map((each) => portAsItCame(each, port(each) === undefined)),
    calls: [...followPorts(container, moves).calls],
    env: replacedBy(container.env ?? [], variables).map(({ at, was }) => ({ at, was: { ...was } })),
  };
}

function portAsItCame(declared: ContainerPort, isAway: boolean): RequestedPort {
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
