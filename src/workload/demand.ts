import { endEnvOf } from '../api/index.ts';
import type { PortAllocatorEntry, PortProtocol, PortSharing } from '../api/index.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Pod } from '../kube/index.ts';
import { allocatedKey, envNameOf } from './annotations.ts';
import { containersOf, declaredPorts } from './container-ports.ts';
import { nameFault, portFault, sizeFault } from './port-faults.ts';
import { groupPorts } from './port-groups.ts';
import type { PortGroup } from './port-groups.ts';
import type { PodSettings } from './settings.ts';

/** The names under which the number of a port is written into a pod. */
interface PortNames {
  readonly name: string;
  /** The environment variable that gets the number. */
  readonly env: string;
  /** The annotation that gets the number. */
  readonly annotation: string;
}

/** A number that a pod needs, or a block of consecutive ones. */
export interface DemandedPort extends PortNames {
  readonly protocol: PortProtocol;
  readonly count: number;
  /** Exactly this number: the port's own number stays (`keep`, `Passthrough`), or the user wrote a host port. */
  readonly number?: number;
  /** Absent: all addresses. */
  readonly hostIP?: string;
  readonly scope: PortSharing;
  readonly source: 'container' | 'portAllocator';
  /** The environment variable that gets the last number of a block. */
  readonly endEnv?: string;
  /** A further annotation that gets the number, if the user asks for one. */
  readonly annotationKey?: string;
  /** Other container ports that share the number: UDP beside TCP. */
  readonly aliases: readonly PortNames[];
}

/** All numbers that a pod needs. Names, environment variables and annotations are unique in it. */
export interface PodDemand {
  readonly ports: readonly DemandedPort[];
}

/** The name part of an annotation has at most 63 characters, 10 of which are `allocated-`. */
const LONGEST_NAME = 53;

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

function namesOf(name: string): PortNames {
  return { name, env: envNameOf(name), annotation: allocatedKey(name) };
}

function ofContainers(group: PortGroup): DemandedPort {
  const [name = '', ...others] = group.names;
  return {
    ...namesOf(name),
    protocol: group.protocol,
    count: 1,
    ...fixed(group),
    scope: 'PodScoped',
    source: 'container',
    aliases: others.map(namesOf),
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
    aliases: group?.names.slice(1).map(namesOf) ?? [],
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

/**
 * A variable or annotation that two ports would both write, or a name that is too long for an annotation, in a sentence;
 * undefined if there is none.
 */
function collisionIn(ports: readonly DemandedPort[]): string | undefined {
  const taken = new Map<string, string>();
  for (const { port, target } of ports.flatMap(targetsOf)) {
    const other = taken.get(target);
    if (other === undefined) taken.set(target, port);
    else return `${target} would hold the number of port "${other}" and that of port "${port}": rename one of them`;
  }
  const long = ports.flatMap(({ name, aliases }) => [name, ...aliases.map((alias) => alias.name)]).find(isLong);
  return long === undefined
    ? undefined
    : `the name of port "${long}" has ${long.length} characters: write one of at most ${LONGEST_NAME}, which fits into an annotation`;
}

function isLong(name: string): boolean {
  return name.length > LONGEST_NAME;
}

function targetsOf(port: DemandedPort): readonly { readonly port: string; readonly target: string }[] {
  const { name, endEnv, annotationKey } = port;
  return [
    ...[port, ...port.aliases].flatMap((each) => [
      { port: each.name, target: `env ${each.env}` },
      { port: each.name, target: `annotation ${each.annotation}` },
    ]),
    ...(endEnv === undefined ? [] : [{ port: name, target: `env ${endEnv}` }]),
    ...(annotationKey === undefined ? [] : [{ port: name, target: `annotation ${annotationKey}` }]),
  ];
}
