import { podAnnotations } from '../api/index.ts';
import { invariant } from '../base/result.ts';
import type { Container, ContainerPort, Pod } from '../kube/index.ts';
import { annotationsOf, isResult } from './annotations.ts';
import { containersOf } from './container-ports.ts';
import type { PodDemand } from './demanded-port.ts';
import { replacedBy, withLiterals } from './env.ts';
import type { Literal } from './env.ts';
import { followPorts, movesOf } from './moves.ts';
import type { Moves } from './moves.ts';
import { requestedText } from './requested.ts';
import type { Requested, RequestedContainer, RequestedPort } from './requested.ts';
import type { PodSettings } from './settings.ts';
import { annotationsFor, formerAnnotations, literalsFor, networkFor, rewriteFor } from './write-back.ts';
import type { Given, NetworkFields } from './write-back.ts';

/** What is written on a pod beside its ports. */
export interface Marks {
  /** The token of the reservation that the numbers came from. */
  readonly reservation?: string;
}

/** What is to be done to every container of a pod. */
interface Changes {
  readonly literals: readonly Literal[];
  readonly rewrite: (port: ContainerPort) => ContainerPort;
  readonly moves: Moves;
}

/**
 * `pod` with the numbers `given`, by the names of the demanded ports: in its ports, probes and hooks, environment and
 * annotations, and how it came in `hostport.io/requested`. A demand of nothing leaves the spec as it is.
 *
 * The pod must be as its user wrote it (see `pristine`), and every demanded port must be given: else `InvariantError`.
 */
export function givePorts(
  pod: Pod,
  settings: PodSettings,
  demand: PodDemand,
  ...[given, marks = {}]: readonly [given: Given, marks?: Marks]
): Pod {
  invariant(!Object.keys(annotationsOf(pod)).some(isResult), 'a pod is given ports that carries some already');
  const rewrite = rewriteFor(settings, demand, given);
  const changes = { literals: literalsFor(demand, given), rewrite, moves: movesOf(containersOf(pod), rewrite) };
  const network = networkFor(pod, settings, demand);
  const { containers, initContainers } = pod.spec;
  const annotations = {
    ...annotationsOf(pod),
    ...annotationsFor(demand, given),
    [podAnnotations.requested]: requestedText(asItCame(pod, demand, changes, network)),
    ...(marks.reservation === undefined ? {} : { [podAnnotations.reservation]: marks.reservation }),
  };
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: {
      ...pod.spec,
      ...network,
      containers: containers.map((container) => changed(container, changes)),
      ...(initContainers === undefined
        ? {}
        : { initContainers: initContainers.map((container) => changed(container, changes)) }),
    },
  };
}

function changed(container: Container, { literals, rewrite, moves }: Changes): Container {
  const env = withLiterals(container.env ?? [], literals);
  return {
    ...followPorts(container, moves).container,
    ...(container.ports === undefined ? {} : { ports: container.ports.map(rewrite) }),
    ...(env.length === 0 ? {} : { env }),
  };
}

function asItCame(pod: Pod, demand: PodDemand, changes: Changes, network: NetworkFields): Requested {
  const { containers, initContainers = [], hostNetwork, dnsPolicy } = pod.spec;
  const record = (container: Container): RequestedContainer => containerAsItCame(container, changes);
  return {
    containers: containers.map(record),
    initContainers: initContainers.map(record),
    env: changes.literals.map(({ name }) => name),
    annotations: formerAnnotations(pod, demand),
    ...(network.hostNetwork === undefined ? {} : { hostNetwork: hostNetwork ?? null }),
    ...(network.dnsPolicy === undefined ? {} : { dnsPolicy: dnsPolicy ?? null }),
  };
}

function containerAsItCame(container: Container, { literals, moves }: Changes): RequestedContainer {
  return {
    name: container.name,
    ports: (container.ports ?? []).map(portAsItCame),
    calls: [...followPorts(container, moves).calls],
    env: replacedBy(container.env ?? [], literals).map(({ at, was }) => ({ at, was: { ...was } })),
  };
}

function portAsItCame({ name, protocol, containerPort, hostPort }: ContainerPort): RequestedPort {
  return {
    ...(name === undefined ? {} : { name }),
    ...(protocol === undefined ? {} : { protocol }),
    containerPort,
    ...(hostPort === undefined ? {} : { hostPort }),
  };
}
