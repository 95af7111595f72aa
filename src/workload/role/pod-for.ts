import { roleLabels } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import type { Container, ContainerPort, Draft, OwnerReference, Pod, PodSpec } from '../../kube/index.ts';
import { withVariables } from '../env.ts';
import type { Literal } from '../env.ts';
import { followPorts, renumberedPorts } from '../handlers.ts';
import type { RenumberedPorts } from '../handlers.ts';
import { PORT_TEXTS } from './component-ports.ts';
import type { ComponentPorts } from './component-ports.ts';
import { podName } from './names.ts';
import { blockOf, positionLabels, positionLiterals, portLiterals, referenceLiterals } from './pod-env.ts';
import type { PodPosition } from './pod-env.ts';
import type { PortBlocks } from './port-requests.ts';

/** What is written into a pod besides its template and its position. */
export interface PodParts {
  readonly ports: ComponentPorts;
  readonly index: number;
  /** The numbers of its own ports, by their names. */
  readonly numbers: PortBlocks;
  /** The numbers to which it refers, by variable. */
  readonly referred: ReadonlyMap<string, number>;
  /** Further labels, by which the creator recognizes the pod. */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * The pod of `instance` with an index in a component, ready to be created; no webhook has to change it. Fields of the
 * template that Hostport writes are overwritten.
 * @throws InvariantError if a number is missing
 */
export function podFor(instance: RoleInstance, { ports, index, numbers, referred, labels = {} }: PodParts): Draft<Pod> {
  const { component } = ports;
  const { metadata = {}, spec } = component.template;
  const position: PodPosition = { instance, component: component.name, index };
  const name = podName(instance.metadata.name, component.name, index);
  const literals = [
    ...positionLiterals(position),
    ...portLiterals(ports, numbers),
    ...referenceLiterals(ports, referred),
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: instance.metadata.namespace,
      labels: { ...metadata.labels, ...positionLabels(position), ...serviceLabel(component), ...labels },
      annotations: annotationsOf(ports, numbers),
      ownerReferences: [ownerOf(instance)],
    },
    spec: {
      ...withPorts(spec, literals, numbersByName(ports, numbers)),
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

function annotationsOf(ports: ComponentPorts, numbers: PortBlocks): Readonly<Record<string, string>> {
  const texts: ReadonlySet<string> = new Set(PORT_TEXTS);
  const { annotations = {} } = ports.component.template.metadata ?? {};
  const others = Object.entries(annotations).filter(([key]) => !texts.has(key));
  const assigned = ports.config.allocations.flatMap((entry) =>
    entry.annotationKey === undefined ? [] : [[entry.annotationKey, String(blockOf(entry, numbers).port)] as const],
  );
  return Object.fromEntries([...others, ...assigned]);
}

function numbersByName({ config }: ComponentPorts, numbers: PortBlocks): ReadonlyMap<string, number> {
  return new Map(config.allocations.map((entry) => [entry.name, blockOf(entry, numbers).port]));
}

function withPorts(spec: PodSpec, literals: readonly Literal[], numbers: ReadonlyMap<string, number>): PodSpec {
  const { containers, initContainers } = spec;
  const rewrite = rewriteFor(spec.hostNetwork === true, numbers);
  const renumbered = renumberedPorts([...containers, ...(initContainers ?? [])], rewrite);
  const change = (container: Container): Container => changed(container, { literals, rewrite, renumbered });
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
  readonly renumbered: RenumberedPorts;
}

function changed(container: Container, { literals, rewrite, renumbered }: Changes): Container {
  return {
    ...followPorts(container, renumbered).container,
    ...(container.ports === undefined ? {} : { ports: container.ports.map(rewrite) }),
    env: withVariables(container.env ?? [], literals),
  };
}
