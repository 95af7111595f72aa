import type { PortProtocol } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';
import { hostAddressOf, hostPortOf, protocolOf } from './container-ports.ts';
import type { DeclaredPort } from './container-ports.ts';
import type { PodSettings } from './settings.ts';

/** Container ports that get one number: a single port, or TCP and UDP ports of one container number. */
export interface PortGroup {
  /** The names of the ports, each once. */
  readonly names: readonly string[];
  readonly containerPort: number;
  readonly protocol: PortProtocol;
  /** The protocol of the first port, whose name the group has. */
  readonly firstProtocol: PortProtocol;
  readonly hostIP?: string;
  /** Exactly this number, if one of the ports has a number of its own. */
  readonly number?: number;
}

/**
 * Groups the ports that get one number, in the order of `declared`. A port that an entry of the port-allocator names
 * comes first in its group. Ports with different addresses, or with different numbers of their own, are not grouped.
 */
export function groupPorts(pod: Pod, declared: readonly DeclaredPort[], settings: PodSettings): readonly PortGroup[] {
  const entries = settings.portAllocator?.allocations ?? [];
  const leads = ({ name }: DeclaredPort): boolean => entries.some((entry) => entry.name === name);
  const groups: PortGroup[] = [];
  for (const port of [...declared.filter(leads), ...declared.filter((each) => !leads(each))]) {
    const alone = groupOf(port, ownNumber(pod, port, settings));
    const at = leads(port) ? -1 : groups.findIndex((group) => fits(group, alone));
    const group = groups[at];
    if (group === undefined) groups.push(alone);
    else groups[at] = joined(group, alone);
  }
  return groups;
}

function groupOf({ name, port }: DeclaredPort, number: number | undefined): PortGroup {
  const protocol = protocolOf(port) ?? 'TCP';
  const hostIP = hostAddressOf(port);
  return {
    names: [name],
    containerPort: port.containerPort,
    protocol,
    firstProtocol: protocol,
    ...(hostIP === undefined ? {} : { hostIP }),
    ...(number === undefined ? {} : { number }),
  };
}

function fits(group: PortGroup, other: PortGroup): boolean {
  const pair = `${group.protocol} ${other.protocol}`;
  return (
    group.containerPort === other.containerPort &&
    (pair === 'TCP UDP' || pair === 'UDP TCP') &&
    group.hostIP === other.hostIP &&
    (group.number === undefined || other.number === undefined || group.number === other.number)
  );
}

function joined(group: PortGroup, other: PortGroup): PortGroup {
  const number = group.number ?? other.number;
  return {
    ...group,
    names: [...new Set([...group.names, ...other.names])],
    protocol: 'TCPUDP',
    ...(number === undefined ? {} : { number }),
  };
}

/** The number that a port already has: its user wrote it as host port, or the port is to keep it. */
function ownNumber(pod: Pod, { name, port }: DeclaredPort, settings: PodSettings): number | undefined {
  if (settings.allocationName !== undefined) return undefined;
  const written = writtenHostPort(pod, port);
  const keeps = settings.policy === 'Passthrough' || settings.keep.has(name);
  return written ?? (keeps ? port.containerPort : undefined);
}

/** Under hostNetwork the API server copies every container port to its host port, before any webhook sees the pod. */
function writtenHostPort(pod: Pod, port: DeclaredPort['port']): number | undefined {
  const hostPort = hostPortOf(port);
  return pod.spec.hostNetwork === true && hostPort === port.containerPort ? undefined : hostPort;
}
