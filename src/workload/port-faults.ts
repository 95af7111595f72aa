import { isPortNumber, parseAddress } from '../core/index.ts';
import { hostAddressOf, hostPortOf, protocolOf } from './container-ports.ts';
import type { DeclaredPort } from './container-ports.ts';
import type { PortGroup } from './port-groups.ts';

/** The most ports that a pod may declare: more than any process uses, and few enough to be decided on at once. */
export const MOST_PORTS = 1_024;
/** Every container gets every number as a variable; more would not fit into an object of the API server (1.5 MiB). */
const MOST_VARIABLES = 32_768;

/** Why a pod with so many containers and ports is too large, in a sentence; undefined if it isn't. */
export function sizeFault(containers: number, ports: number): string | undefined {
  if (ports > MOST_PORTS) return `${ports} ports ask for a number: write at most ${MOST_PORTS} in one pod`;
  return containers * ports > MOST_VARIABLES
    ? `${containers} containers would each be told ${ports} numbers: write fewer containers or ports, at most ${MOST_VARIABLES} variables come of them`
    : undefined;
}

/** Why a port can't be held, in a sentence; undefined if it can. */
export function portFault({ name, container, port }: DeclaredPort): string | undefined {
  const which = `port "${name}" of container "${container}"`;
  const hostPort = hostPortOf(port);
  const hostIP = hostAddressOf(port);
  if (protocolOf(port) === undefined) return `${which} has protocol "${port.protocol}": write TCP, UDP or SCTP`;
  if (!isPortNumber(port.containerPort)) return outOfRange(which, 'containerPort', port.containerPort);
  if (hostPort !== undefined && !isPortNumber(hostPort)) return outOfRange(which, 'hostPort', hostPort);
  if (hostIP !== undefined && parseAddress(hostIP) === undefined) {
    return `${which} has hostIP "${hostIP}", which is no address: write one like 10.0.0.5 or fd00::5`;
  }
  return undefined;
}

function outOfRange(which: string, field: string, number: number): string {
  return `${which} has ${field} ${number}: write a number from 1 to 65535`;
}

/**
 * Two ports with one name, in a sentence; undefined if all names differ. An unnamed port goes by its number, and its
 * TCP and UDP sides, which get one number, may share it.
 */
export function nameFault(declared: readonly DeclaredPort[], groups: readonly PortGroup[]): string | undefined {
  const seen = new Map<string, DeclaredPort>();
  for (const each of declared) {
    const other = seen.get(each.name);
    if (other === undefined) {
      seen.set(each.name, each);
      continue;
    }
    const isNamed = each.port.name === each.name || other.port.name === each.name;
    const isOneNumber = groups.filter(({ names }) => names.includes(each.name)).length === 1;
    if (isNamed || !isOneNumber) return sameName(each, other);
  }
  return undefined;
}

function sameName({ name, container }: DeclaredPort, other: DeclaredPort): string {
  const where =
    other.container === container
      ? `twice by container "${container}"`
      : `by the containers "${other.container}" and "${container}"`;
  return `the name "${name}" is used ${where}: give each port of the pod a name of its own`;
}
