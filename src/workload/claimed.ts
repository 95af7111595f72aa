import type { PortProtocol, PortSharing } from '../api/index.ts';
import type { EnvVar, Pod } from '../kube/index.ts';
import { podAnnotations } from '../api/index.ts';
import { allocatedEndKey, annotationsOf, nameInKey } from './annotations.ts';
import { containersOf, declaredPorts, hostAddressOf, hostPortOf, protocolOf } from './container-ports.ts';
import type { DeclaredPort } from './container-ports.ts';
import { readFrom } from './env.ts';
import { readPod } from './read-pod.ts';
import type { PodReading } from './read-pod.ts';
import { requestedOf } from './requested.ts';
import type { DemandedPort } from './demand.ts';

/** A number that a pod declares as a host port. */
interface HostPort {
  readonly number: number;
  readonly protocol: PortProtocol;
  readonly hostIP?: string;
  /** The name of the port; for an unnamed port its container port. */
  readonly port: string;
}

/** A number, or a block of consecutive numbers, that Hostport assigned to a pod. */
export interface ClaimedPort {
  readonly name: string;
  readonly number: number;
  /** The last number of a block. */
  readonly end?: number;
  readonly protocol: PortProtocol;
  readonly hostIP?: string;
  readonly scope: PortSharing;
}

/** Every host port that the containers and init containers of `pod` declare; on the host network that is every port. */
export function hostPortsOf(pod: Pod): readonly HostPort[] {
  const onHost = pod.spec.hostNetwork === true;
  return declaredPorts(pod).flatMap(({ name, port }) => {
    const number = hostPortOf(port) ?? (onHost ? port.containerPort : undefined);
    return number === undefined ? [] : [{ number, ...wireOf(port), port: name }];
  });
}

/**
 * The numbers that `pod` carries as results, as far as its spec, which nobody can change, confirms its annotations: by
 * a host port of that number, or a variable with it. The scope and the settings say for whom each number is held: the
 * pod, its controller or a PortAllocation.
 * @param reading what {@link readPod} found; if the pod's settings were damaged since, only annotations and host ports
 * count
 */
export function claimedPorts(pod: Pod, reading: PodReading = readPod(pod)): readonly ClaimedPort[] {
  const demanded = reading.kind === 'request' ? reading.demand.ports : [];
  const confirmed = demanded.flatMap((port) => claimOf(pod, port));
  const known = new Set(demanded.flatMap(({ name, aliases }) => [name, ...aliases.map((alias) => alias.name)]));
  return [...confirmed, ...strayClaims(pod, known)];
}

function claimOf(pod: Pod, port: DemandedPort): readonly ClaimedPort[] {
  const { name, annotation, env, protocol, hostIP, scope } = port;
  const number = portNumber(annotationsOf(pod)[annotation]);
  if (number === undefined) return [];
  const names = [name, ...port.aliases.map((alias) => alias.name)];
  const isDeclared = declaredPorts(pod).some(
    (each) => each.port.hostPort === number && (each.port.name === undefined || names.includes(each.name)),
  );
  if (!isDeclared && !isInEnv(pod, { env, annotation, number })) return [];
  return [
    {
      name,
      number,
      ...endOf(pod, port, number),
      protocol,
      ...(hostIP === undefined ? {} : { hostIP }),
      scope,
    },
  ];
}

/**
 * The last number of a block, if the spec has it as well. Anybody can write the size of a block into the annotation
 * that asked for it, so a port whose last number is in no variable of Hostport counts as one number.
 */
function endOf(pod: Pod, { name, count, endEnv }: DemandedPort, number: number): { readonly end?: number } {
  if (count === 1 || endEnv === undefined) return {};
  const end = number + count - 1;
  const annotation = allocatedEndKey(name);
  const isOurs = requestedOf(pod)?.env.includes(endEnv) === true;
  const isSaid = annotationsOf(pod)[annotation] === undefined || portNumber(annotationsOf(pod)[annotation]) === end;
  return isOurs && isSaid && isInEnv(pod, { env: endEnv, annotation, number: end }) ? { end } : {};
}

/** Whether a variable has the number, or reads it from its annotation, which came with the Binding and can't be changed. */
function isInEnv(pod: Pod, port: { env: string; annotation: string; number: number }): boolean {
  // In other pods the numbers are known when the spec is written, so they are in the spec.
  const isBound = annotationsOf(pod)[podAnnotations.nodePool] !== undefined;
  const isIt = (entry: EnvVar): boolean =>
    entry.value === String(port.number) || (isBound && readFrom(entry) === port.annotation);
  return containersOf(pod).some(({ env = [] }) => env.some((entry) => entry.name === port.env && isIt(entry)));
}

/** The numbers that annotations give for declared ports which the settings don't account for, in the order of the pod. */
function strayClaims(pod: Pod, known: ReadonlySet<string>): readonly ClaimedPort[] {
  const annotated = Object.entries(annotationsOf(pod)).flatMap(([key, text]) => {
    const name = nameInKey(key);
    return name === undefined || known.has(name) ? [] : [{ name, number: portNumber(text) }];
  });
  const declared = declaredPorts(pod);
  const claims = new Map<number, ClaimedPort>();
  for (const { name, port } of declared) {
    const { hostPort: number } = port;
    // An unnamed port was known by a number that it no longer has.
    const claim = annotated.find((each) => each.number === number && (port.name === undefined || each.name === name));
    if (number === undefined || claim === undefined || claims.has(number)) continue;
    const protocol = protocolOfAll(declared.filter((each) => each.port.hostPort === number));
    claims.set(number, { name: claim.name, number, ...wireOf(port), protocol, scope: 'PodScoped' });
  }
  return [...claims.values()];
}

function protocolOfAll(declared: readonly DeclaredPort[]): PortProtocol {
  const protocols = new Set(declared.map(({ port }) => protocolOf(port) ?? 'TCP'));
  if (protocols.has('TCP') && protocols.has('UDP')) return 'TCPUDP';
  return [...protocols][0] ?? 'TCP';
}

function wireOf(port: DeclaredPort['port']): { readonly protocol: PortProtocol; readonly hostIP?: string } {
  const hostIP = hostAddressOf(port);
  return { protocol: protocolOf(port) ?? 'TCP', ...(hostIP === undefined ? {} : { hostIP }) };
}

/** The port number that `text` is; undefined if it isn't one. */
export function portNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}
