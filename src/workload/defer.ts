import { podAnnotations } from '../api/index.ts';
import type { ContainerPort, Pod } from '../kube/index.ts';
import { allocatedEndKey, annotationsOf, nameInKey } from './annotations.ts';
import { containersOf, nameOfPort } from './container-ports.ts';
import type { DemandedPort, PodDemand } from './demanded-port.ts';
import { readFrom } from './env.ts';
import type { Variable } from './env.ts';
import { movesOf } from './moves.ts';
import { rewritePod } from './rewrite-pod.ts';
import type { Room } from './rewrite-pod.ts';
import type { PodSettings } from './settings.ts';
import { annotationsFor, networkFor } from './write-back.ts';
import type { Given } from './write-back.ts';

/** What is written on a pod whose numbers come when it is bound. */
export interface Promised {
  /** The pool of scope Node that they come from. */
  readonly poolName: string;
  /** What it asks of its node, where nodes say how much room they have. */
  readonly room?: Room;
  /** What its ports are known by until it is seen. */
  readonly reservation: string;
}

/**
 * `pod` as it waits for a node: its environment reads the annotations that come with its Binding, and the container ports
 * whose numbers nobody knows yet are taken out of the spec, which can't change any more by then. See `promiseFault` for
 * the pods that this can't be done to.
 */
export function deferPorts(pod: Pod, settings: PodSettings, demand: PodDemand, promised: Promised): Pod {
  const { poolName, room, reservation } = promised;
  const port = stayers(demand);
  return rewritePod(pod, demand, {
    variables: demand.ports.flatMap(variablesOf),
    port,
    moves: movesOf(containersOf(pod), (each) => port(each) ?? each),
    network: networkFor(pod, settings, demand),
    annotations: { [podAnnotations.nodePool]: poolName, [podAnnotations.reservation]: reservation },
    ...(room === undefined ? {} : { room }),
  });
}

/** What a Binding tells the pod that was promised its ports: the numbers `given` of its node. */
export function boundAnnotations(demand: PodDemand, given: Given): Readonly<Record<string, string>> {
  const ends = demand.ports.flatMap(({ name, endEnv }) => {
    const end = given.get(name)?.end;
    return endEnv === undefined || end === undefined ? [] : [[allocatedEndKey(name), String(end)] as const];
  });
  return { ...annotationsFor(demand, given), ...Object.fromEntries(ends) };
}

/**
 * Whether the demand of a pod is still the one that it was promised: whether every annotation that its environment waits
 * for comes of it. Settings that were edited since are none of ours.
 */
export function keepsPromise(pod: Pod, { ports }: PodDemand): boolean {
  const coming = new Set(ports.flatMap(variablesOf).map((each) => ('annotation' in each ? each.annotation : '')));
  return awaited(pod).every((key) => coming.has(key));
}

/** Whether `pod` is on a node, and what it was promised isn't on it: its containers are told nothing. */
export function isBoundWithoutPorts(pod: Pod): boolean {
  const { [podAnnotations.nodePool]: pool, ...annotations } = annotationsOf(pod);
  return pool !== undefined && pod.spec.nodeName !== undefined && awaited(pod).some((key) => !(key in annotations));
}

/** The annotations of ours that the environment of `pod` reads. */
function awaited(pod: Pod): readonly string[] {
  const keys = containersOf(pod).flatMap(({ env = [] }) => env.flatMap((entry) => readFrom(entry) ?? []));
  return keys.filter((key) => nameInKey(key) !== undefined);
}

/** The container ports that are of the demand and get their numbers with the Binding, by name. */
export function movingPorts({ ports }: PodDemand): ReadonlyMap<string, DemandedPort> {
  return new Map(
    ports
      .filter(({ number }) => number === undefined)
      .flatMap((port) => [port.name, ...port.aliases.map(({ name }) => name)].map((name) => [name, port] as const)),
  );
}

/** Numbers that the pod keeps stay in the spec: the scheduler looks at them, too. */
function stayers(demand: PodDemand): (port: ContainerPort) => ContainerPort | undefined {
  const moving = movingPorts(demand);
  const fixed = new Map(
    demand.ports.flatMap(({ name, number, aliases }) =>
      number === undefined ? [] : [name, ...aliases.map((alias) => alias.name)].map((each) => [each, number] as const),
    ),
  );
  return (port) => {
    const name = nameOfPort(port);
    if (moving.has(name)) return undefined;
    const number = fixed.get(name);
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
