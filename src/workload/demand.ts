import { endEnvOf } from '../api/index.ts';
import type { PortAllocatorEntry, PortProtocol } from '../api/index.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Pod } from '../kube/index.ts';
import { allocatedKey, envNameOf } from './annotations.ts';
import { containersOf, declaredPorts } from './container-ports.ts';
import type { DemandedPort, PodDemand, PortPlaces } from './demanded-port.ts';
import { collisionIn, nameFault, portFault, sizeFault } from './port-faults.ts';
import { groupPorts } from './port-groups.ts';
import type { PortGroup } from './port-groups.ts';
import type { PodSettings } from './settings.ts';

/**
 * The numbers that `pod`, as its user wrote it, needs: first those of its container ports, then those of its
 * port-allocator. A container port with the name of an entry of the port-allocator takes the entry's number.
 */
export function demandOf(pod: Pod, settings: PodSettings): Result<PodDemand, Refusal> {
  const entries = settings.portAllocator?.allocations ?? [];
  const isNamed = (name: string): boolean => entries.some((entry) => entry.name === name);
  const all = settings.enabled || settings.allocationName !== undefined;
  const declared = declaredPorts(pod).filter(({ name }) => all || isNamed(name));
  const size = declared.length + entries.length;
  const portError =
    sizeFault(containersOf(pod).length, size) ?? declared.map(portFault).find((fault) => fault !== undefined);
  if (portError !== undefined) return err(refuse.invalid(portError));

  const groups = groupPorts(pod, declared, settings);
  const byContainers = groups.filter(({ names: [name = ''] }) => !isNamed(name)).map(ofContainers);
  const byEntries = entries.map((entry) =>
    ofEntry(
      entry,
      groups.find(({ names }) => names[0] === entry.name),
    ),
  );
  const ports = [...byContainers, ...byEntries];
  const fault =
    nameFault(declared, groups) ??
    entries.map((entry) => protocolFault(entry, groups)).find(Boolean) ??
    collisionIn(ports);
  return fault === undefined ? ok({ ports }) : err(refuse.invalid(fault));
}

function placesOf(name: string): PortPlaces {
  return { name, env: envNameOf(name), annotation: allocatedKey(name) };
}

function ofContainers(group: PortGroup): DemandedPort {
  const [name = '', ...others] = group.names;
  return {
    ...placesOf(name),
    protocol: group.protocol,
    count: 1,
    ...fixed(group),
    scope: 'PodScoped',
    source: 'container',
    aliases: others.map(placesOf),
  };
}

function ofEntry(entry: PortAllocatorEntry, group: PortGroup | undefined): DemandedPort {
  const { name, env, annotationKey, scope, count, protocol } = entry;
  return {
    name,
    env,
    annotation: allocatedKey(name),
    // TCP and UDP ports with one container number get one number, so the demand may cover more than the entry says.
    protocol: group === undefined || group.protocol === protocol ? protocol : widest(protocol, group.protocol),
    count,
    ...(group === undefined ? {} : fixed(group)),
    scope,
    source: 'portAllocator',
    ...(count > 1 ? { endEnv: endEnvOf(env) } : {}),
    ...(annotationKey === undefined ? {} : { annotationKey }),
    aliases: group?.names.slice(1).map(placesOf) ?? [],
  };
}

function widest(one: PortProtocol, other: PortProtocol): PortProtocol {
  return one === 'SCTP' || other === 'SCTP' ? one : 'TCPUDP';
}

function fixed({ number, hostIP }: PortGroup): Pick<DemandedPort, 'number' | 'hostIP'> {
  return { ...(number === undefined ? {} : { number }), ...(hostIP === undefined ? {} : { hostIP }) };
}

function protocolFault(entry: PortAllocatorEntry, groups: readonly PortGroup[]): string | undefined {
  const spoken = groups.find(({ names }) => names[0] === entry.name)?.firstProtocol;
  const covered =
    spoken === undefined || spoken === entry.protocol || (entry.protocol === 'TCPUDP' && spoken !== 'SCTP');
  return covered
    ? undefined
    : `port "${entry.name}" is ${spoken} in its container and ${entry.protocol} in the port-allocator: write one protocol in both`;
}
