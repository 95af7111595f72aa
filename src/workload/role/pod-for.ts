import { roleLabels } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import type { Container, ContainerPort, Draft, OwnerReference, Pod, PodSpec } from '../../kube/index.ts';
import { withVariables } from '../env.ts';
import type { Literal } from '../env.ts';
import { followPorts, movesOf } from '../moves.ts';
import type { Moves } from '../moves.ts';
import { PORT_TEXTS } from './component-ports.ts';
import type { ComponentPorts } from './component-ports.ts';
import { podName } from './names.ts';
import { givenTo, placeLabels, placeLiterals, portLiterals, referenceLiterals } from './pod-env.ts';
import type { PodPlace } from './pod-env.ts';
import type { GivenNumbers } from './port-requests.ts';

/** What is written into a pod besides its template and its position. */
export interface PodParts {
  readonly ports: ComponentPorts;
  readonly index: number;
  /** The numbers of its own ports, by their names. */
  readonly given: GivenNumbers;
  /** The numbers to which it refers, by variable. */
  readonly referred: ReadonlyMap<string, number>;
  /** Labels by which the creator recognizes the pod. */
  readonly marks?: Readonly<Record<string, string>>;
}

/**
 * The pod of `instance` with an index in a component, ready to be created; no webhook has to change it. Fields of the
 * template that Hostport writes are overwritten.
 * @throws InvariantError if a number is missing
 */
export function podFor(instance: RoleInstance, { ports, index, given, referred, marks = {} }: PodParts): Draft<Pod> {
  const { component } = ports;
  const { metadata = {}, spec } = component.template;
  const place: PodPlace = { instance, component: component.name, index };
  const name = podName(instance.metadata.name, component.name, index);
  const literals = [...placeLiterals(place), ...portLiterals(ports, given), ...referenceLiterals(ports, referred)];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: instance.metadata.namespace,
      labels: { ...metadata.labels, ...placeLabels(place), ...serviceLabel(component), ...marks },
      annotations: annotationsOf(ports, given),
      ownerReferences: [ownerOf(instance)],
    },
    spec: {
      ...withPorts(spec, literals, numbersByName(ports, given)),
      ...(component.serviceName === undefined ? {} : { hostname: name, subdomain: component.serviceName }),
    },
  };
}

function serviceLabel({ serviceName }: ComponentPorts['component']): Readonly<Record<string, string>> {
  return serviceName === undefined ? {} : { [roleLabels.service]: serviceName };
}

/** It doesn't block: the instance's finalizer waits for its pods, so they must be able to go. */
function ownerOf({ apiVersion, kind, metadata: { name, uid } }: RoleInstance): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: false };
}

function annotationsOf(ports: ComponentPorts, given: GivenNumbers): Readonly<Record<string, string>> {
  const texts: ReadonlySet<string> = new Set(PORT_TEXTS);
  const kept = Object.entries(ports.component.template.metadata?.annotations ?? {}).filter(([key]) => !texts.has(key));
  const told = ports.config.allocations.flatMap((entry) =>
    entry.annotationKey === undefined ? [] : [[entry.annotationKey, String(givenTo(entry, given).port)] as const],
  );
  return Object.fromEntries([...kept, ...told]);
}

function numbersByName({ config }: ComponentPorts, given: GivenNumbers): ReadonlyMap<string, number> {
  return new Map(config.allocations.map((entry) => [entry.name, givenTo(entry, given).port]));
}

function withPorts(spec: PodSpec, literals: readonly Literal[], numbers: ReadonlyMap<string, number>): PodSpec {
  const { containers, initContainers } = spec;
  const rewrite = rewriteFor(spec.hostNetwork === true, numbers);
  const moves = movesOf([...containers, ...(initContainers ?? [])], rewrite);
  const change = (container: Container): Container => changed(container, { literals, rewrite, moves });
  return {
    ...spec,
    containers: containers.map(change),
    ...(initContainers === undefined ? {} : { initContainers: initContainers.map(change) }),
  };
}

/** On the host network both numbers of a port are one; otherwise there is a host port only if the template has one. */
function rewriteFor(onHost: boolean, numbers: ReadonlyMap<string, number>): (port: ContainerPort) => ContainerPort {
  return (port) => {
    const number = port.name === undefined ? undefined : numbers.get(port.name);
    if (number === undefined) return port;
    const isHostPort = onHost || (port.hostPort ?? 0) !== 0;
    return { ...port, containerPort: number, ...(isHostPort ? { hostPort: number } : {}) };
  };
}

interface Changes {
  readonly literals: readonly Literal[];
  readonly rewrite: (port: ContainerPort) => ContainerPort;
  readonly moves: Moves;
}

function changed(container: Container, { literals, rewrite, moves }: Changes): Container {
  return {
    ...followPorts(container, moves).container,
    ...(container.ports === undefined ? {} : { ports: container.ports.map(rewrite) }),
    env: withVariables(container.env ?? [], literals),
  };
}
