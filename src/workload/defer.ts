import { podAnnotations } from '../api/index.ts';
import type { ContainerPort, Pod } from '../kube/index.ts';
import { allocatedEndKey, annotationsOf, nameInKey } from './annotations.ts';
import { annotationsFor } from './assign-ports.ts';
import type { AssignedNumbers } from './assign-ports.ts';
import { containersOf, nameOfPort } from './container-ports.ts';
import type { DemandedPort, PodDemand } from './demand.ts';
import { readFrom } from './env.ts';
import type { Variable } from './env.ts';
import type { PodRequest } from './read-pod.ts';
import { rewritePod } from './rewrite-pod.ts';
import type { RoomRequest } from './rewrite-pod.ts';

/** What is written on a pod whose numbers are assigned when it is bound. */
export interface Deferral {
  /** The pool of scope Node that they come from. */
  readonly poolName: string;
  /** The room that it requests from its node, if nodes advertise it. */
  readonly room?: RoomRequest;
  /** The token of its reservation, until the pod is seen. */
  readonly reservation: string;
}

/**
 * The pod of `request` as it waits for a node: its environment reads the annotations that come with its Binding.
 * Container ports whose numbers aren't known yet are removed from the spec, because the spec can't change at binding.
 * See {@link deferralFault} for the pods for which this isn't possible.
 */
export function deferPorts(request: PodRequest, { poolName, room, reservation }: Deferral): Pod {
  const { demand } = request;
  return rewritePod(request, {
    variables: demand.ports.flatMap(variablesOf),
    port: withoutDeferred(demand),
    annotations: { [podAnnotations.nodePool]: poolName, [podAnnotations.reservation]: reservation },
    ...(room === undefined ? {} : { room }),
  });
}

/** The annotations of the Binding of a pod whose ports were deferred: the numbers `assigned` on its node. */
export function boundAnnotations(demand: PodDemand, assigned: AssignedNumbers): Readonly<Record<string, string>> {
  const ends = demand.ports.flatMap(({ name, endEnv }) => {
    const end = assigned.get(name)?.end;
    return endEnv === undefined || end === undefined ? [] : [[allocatedEndKey(name), String(end)] as const];
  });
  return { ...annotationsFor(demand, assigned), ...Object.fromEntries(ends) };
}

/**
 * Whether `demand` is still the one that was deferred when `pod` was created: it contains every annotation that the
 * pod's environment reads. It isn't if the settings were edited since.
 */
export function isDeferredDemand(pod: Pod, { ports }: PodDemand): boolean {
  const expected = new Set(ports.flatMap(variablesOf).map((each) => ('annotation' in each ? each.annotation : '')));
  return awaited(pod).every((key) => expected.has(key));
}

/**
 * Whether `pod` is on a node but lacks annotations that were deferred to its Binding: its containers don't learn their
 * numbers.
 */
export function isBoundWithoutPorts(pod: Pod): boolean {
  const { [podAnnotations.nodePool]: pool, ...annotations } = annotationsOf(pod);
  return pool !== undefined && pod.spec.nodeName !== undefined && awaited(pod).some((key) => !(key in annotations));
}

/** The annotations of Hostport that the environment of `pod` reads. */
function awaited(pod: Pod): readonly string[] {
  const keys = containersOf(pod).flatMap(({ env = [] }) => env.flatMap((entry) => readFrom(entry) ?? []));
  return keys.filter((key) => nameInKey(key) !== undefined);
}

/** The container ports of the demand whose numbers are assigned by the Binding, by name. */
export function deferredPorts({ ports }: PodDemand): ReadonlyMap<string, DemandedPort> {
  return new Map(
    ports
      .filter(({ number }) => number === undefined)
      .flatMap((port) => [port.name, ...port.aliases.map(({ name }) => name)].map((name) => [name, port] as const)),
  );
}

/**
 * The change of a container port: it is removed if its number is deferred. Exact numbers stay in the spec, because the
 * scheduler considers them, too.
 */
function withoutDeferred(demand: PodDemand): (port: ContainerPort) => ContainerPort | undefined {
  const deferred = deferredPorts(demand);
  const exact = new Map(
    demand.ports.flatMap(({ name, number, aliases }) =>
      number === undefined ? [] : [name, ...aliases.map((alias) => alias.name)].map((each) => [each, number] as const),
    ),
  );
  return (port) => {
    const name = nameOfPort(port);
    if (deferred.has(name)) return undefined;
    const number = exact.get(name);
    return number === undefined ? port : { ...port, containerPort: number, hostPort: number };
  };
}

function variablesOf({ source, env, annotation, endEnv, name, aliases }: DemandedPort): readonly Variable[] {
  const inPlace = source === 'portAllocator';
  return [
    { name: env, annotation, inPlace },
    ...(endEnv === undefined ? [] : [{ name: endEnv, annotation: allocatedEndKey(name), inPlace }]),
    ...aliases.map((alias) => ({ name: alias.env, annotation: alias.annotation, inPlace: false })),
  ];
}
