import { endEnvOf } from '../api/index.ts';
import { invariant } from '../base/result.ts';
import type { ContainerPort, Pod } from '../kube/index.ts';
import { annotationsOf } from './annotations.ts';
import { nameOfPort } from './container-ports.ts';
import type { Literal } from './env.ts';
import type { PodRequest } from './read-pod.ts';
import type { PodSettings } from './settings.ts';
import type { PodDemand } from './demanded-port.ts';

/** The numbers of a port: one, or the first and the last of a block. */
export interface GivenNumbers {
  readonly number: number;
  readonly end?: number;
}

/** The numbers that were given, by the names of the demanded ports. */
export type Given = ReadonlyMap<string, GivenNumbers>;

/** The numbers of port `name`; every demanded port must have some. */
function givenTo(given: Given, name: string): GivenNumbers {
  const numbers = given.get(name);
  invariant(numbers !== undefined, `port "${name}" was demanded and not given`);
  return numbers;
}

/** The variables that every container gets, in the order of the demand. */
export function literalsFor({ ports }: PodDemand, given: Given): readonly Literal[] {
  return ports.flatMap((port) => {
    const { number, end = number } = givenTo(given, port.name);
    const inPlace = port.source === 'portAllocator';
    const last = port.endEnv ?? (end > number ? endEnvOf(port.env) : undefined);
    return [
      { name: port.env, value: String(number), inPlace },
      ...(last === undefined ? [] : [{ name: last, value: String(end), inPlace }]),
      ...port.aliases.map(({ env }) => ({ name: env, value: String(number), inPlace: false })),
    ];
  });
}

/** The annotations that the pod gets. */
export function annotationsFor({ ports }: PodDemand, given: Given): Readonly<Record<string, string>> {
  const entries = ports.flatMap((port) => {
    const keys = [port.annotation, ...port.aliases.map(({ annotation }) => annotation), port.annotationKey];
    const number = String(givenTo(given, port.name).number);
    return keys.flatMap((key) => (key === undefined ? [] : [[key, number] as const]));
  });
  return Object.fromEntries(entries);
}

/** The former values of the annotations that users ask Hostport to write; null if there was none. */
export function formerAnnotations(pod: Pod, { ports }: PodDemand): Record<string, string | null> {
  const keys = ports.flatMap(({ annotationKey }) => (annotationKey === undefined ? [] : [annotationKey]));
  return Object.fromEntries(keys.map((key) => [key, annotationsOf(pod)[key] ?? null]));
}

/**
 * The change of a container port. On the host network container port and host port are one number, so both change. They
 * do for a port-allocator, too: its number is the one on which the process listens. Otherwise the number is mapped to
 * the container port.
 */
export function rewriteFor(
  { network }: PodSettings,
  { ports }: PodDemand,
  given: Given,
): (port: ContainerPort) => ContainerPort {
  const numbers = new Map<string, { readonly hostPort: number; readonly containerPort?: number }>();
  for (const { name, aliases, source } of ports) {
    const { number } = givenTo(given, name);
    const moves = network === 'Host' || source === 'portAllocator';
    const change = moves ? { containerPort: number, hostPort: number } : { hostPort: number };
    for (const each of [name, ...aliases.map((alias) => alias.name)]) numbers.set(each, change);
  }
  return (port) => ({ ...port, ...numbers.get(nameOfPort(port)) });
}

/** The fields of the spec that decide on which network the pod is. */
export interface NetworkFields {
  readonly hostNetwork?: boolean;
  readonly dnsPolicy?: string;
}

/** The fields that change; none for a pod that stays on its network. */
export function networkFor({ original: { spec }, settings, demand }: PodRequest): NetworkFields {
  if (settings.network === 'Pod' || demand.ports.length === 0) return {};
  const resolvesInCluster = (spec.dnsPolicy ?? 'ClusterFirst') === 'ClusterFirst';
  return {
    ...(spec.hostNetwork === true ? {} : { hostNetwork: true }),
    ...(resolvesInCluster ? { dnsPolicy: 'ClusterFirstWithHostNet' } : {}),
  };
}
