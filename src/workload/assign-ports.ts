import { endEnvOf, podAnnotations } from '../api/index.ts';
import { invariant } from '../base/result.ts';
import type { ContainerPort, Pod } from '../kube/index.ts';
import { nameOfPort } from './container-ports.ts';
import type { PodDemand } from './demand.ts';
import type { Literal } from './env.ts';
import type { PodRequest } from './read-pod.ts';
import { rewritePod } from './rewrite-pod.ts';

/** The number of a port, or the first and the last number of a block. */
export interface NumberBlock {
  readonly number: number;
  readonly end?: number;
}

/** The numbers that are assigned to a pod, by the names of the demanded ports. */
export type AssignedNumbers = ReadonlyMap<string, NumberBlock>;

/** Where assigned numbers come from; the pod's annotations record it. */
interface NumberSource {
  /** The token of their reservation. */
  readonly reservation?: string;
  /** Their pool of scope Node, if the pod was created for its node. */
  readonly nodePool?: string;
}

/**
 * The pod of `request` with the numbers `assigned`: in its ports, probes, hooks, environment and annotations;
 * `hostport.io/requested` records how the pod was written. An empty demand leaves the spec unchanged.
 * @throws InvariantError if a demanded port has no number
 */
export function assignPorts(request: PodRequest, assigned: AssignedNumbers, source: NumberSource = {}): Pod {
  const { demand } = request;
  const { reservation, nodePool } = source;
  return rewritePod(request, {
    variables: literalsFor(demand, assigned),
    port: rewriteFor(request, assigned),
    annotations: {
      ...annotationsFor(demand, assigned),
      ...(reservation === undefined ? {} : { [podAnnotations.reservation]: reservation }),
      ...(nodePool === undefined ? {} : { [podAnnotations.nodePool]: nodePool }),
    },
  });
}

/** The variables that every container gets, in the order of the demand. */
function literalsFor({ ports }: PodDemand, assigned: AssignedNumbers): readonly Literal[] {
  return ports.flatMap((port) => {
    const { number, end = number } = numbersOf(port.name, assigned);
    const inPlace = port.source === 'portAllocator';
    const last = port.endEnv ?? (end > number ? endEnvOf(port.env) : undefined);
    return [
      { name: port.env, value: String(number), inPlace },
      ...(last === undefined ? [] : [{ name: last, value: String(end), inPlace }]),
      ...port.aliases.map(({ env }) => ({ name: env, value: String(number), inPlace: false })),
    ];
  });
}

/** The annotations with the numbers of the demanded ports. */
export function annotationsFor({ ports }: PodDemand, assigned: AssignedNumbers): Readonly<Record<string, string>> {
  const entries = ports.flatMap((port) => {
    const keys = [port.annotation, ...port.aliases.map(({ annotation }) => annotation), port.annotationKey];
    const number = String(numbersOf(port.name, assigned).number);
    return keys.flatMap((key) => (key === undefined ? [] : [[key, number] as const]));
  });
  return Object.fromEntries(entries);
}

/**
 * The change of a container port. On the host network container port and host port are one number, so both change. They
 * do for a port-allocator, too: its number is the one on which the process listens. Otherwise the number is mapped to
 * the container port.
 */
function rewriteFor(
  { settings: { network }, demand: { ports } }: PodRequest,
  assigned: AssignedNumbers,
): (port: ContainerPort) => ContainerPort {
  const changes = new Map<string, { readonly hostPort: number; readonly containerPort?: number }>();
  for (const { name, aliases, source } of ports) {
    const { number } = numbersOf(name, assigned);
    const isOneNumber = network === 'Host' || source === 'portAllocator';
    const change = isOneNumber ? { containerPort: number, hostPort: number } : { hostPort: number };
    for (const each of [name, ...aliases.map((alias) => alias.name)]) changes.set(each, change);
  }
  return (port) => ({ ...port, ...changes.get(nameOfPort(port)) });
}

/** The numbers of port `name`; every demanded port must have some. */
function numbersOf(name: string, assigned: AssignedNumbers): NumberBlock {
  const numbers = assigned.get(name);
  invariant(numbers !== undefined, `port "${name}" was demanded and not given`);
  return numbers;
}
