import type { PortProtocol } from '../api/index.ts';
import type { Container, ContainerPort, Pod } from '../kube/index.ts';

/** A port of a pod, with its container. */
export interface DeclaredPort {
  /** The name; for an unnamed port its container port as text. */
  readonly name: string;
  readonly container: string;
  readonly port: ContainerPort;
}

/** The name of a port; for an unnamed port its number. */
export function nameOfPort(port: ContainerPort): string {
  return port.name === undefined || port.name === '' ? String(port.containerPort) : port.name;
}

/** The protocol of a port; TCP if none is written; undefined for one that Kubernetes doesn't know. */
export function protocolOf({ protocol = 'TCP' }: ContainerPort): Exclude<PortProtocol, 'TCPUDP'> | undefined {
  return protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP' ? protocol : undefined;
}

/** The declared host port; 0 means none, as in Kubernetes. */
export function hostPortOf({ hostPort = 0 }: ContainerPort): number | undefined {
  return hostPort === 0 ? undefined : hostPort;
}

/** The address that a port is bound to; undefined for all addresses. */
export function hostAddressOf({ hostIP = '' }: ContainerPort): string | undefined {
  return hostIP === '' ? undefined : hostIP;
}

/** The containers of `pod` that may declare ports: its containers, then its init containers. */
export function containersOf(pod: Pod): readonly Container[] {
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
}

/** Every port that `pod` declares: those of its containers, then those of its init containers. */
export function declaredPorts(pod: Pod): readonly DeclaredPort[] {
  return containersOf(pod).flatMap(({ name: container, ports = [] }) =>
    ports.map((port) => ({ name: nameOfPort(port), container, port })),
  );
}
