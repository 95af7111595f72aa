import type { Container, ContainerPort, EnvVar, Pod } from '../kube/index.ts';
import { annotationsOf, envNameOf, isResult, nameInKey } from './annotations.ts';
import { withoutVariables } from './env.ts';
import { numberAt, withNumberAt } from './handlers.ts';
import { requestedOf } from './requested.ts';
import { withResource } from './room.ts';
import type { Requested, RequestedContainer, RequestedPort } from './requested.ts';

/**
 * `pod` as its user wrote it, without any result of Hostport; `pod` itself if it has none.
 * How the pod was written is recorded in an annotation that anybody can write. If that can't be read or doesn't fit the
 * pod, ports, probes and network stay as they are; only annotations are removed, and variables with the same values.
 */
export function withoutInjection(pod: Pod): Pod {
  if (!Object.keys(annotationsOf(pod)).some(isResult)) return pod;
  const requested = requestedOf(pod);
  const restored = requested === undefined ? undefined : restore(pod, requested);
  return withoutResults(restored ?? withoutKnownVariables(pod));
}

/** Undefined if `requested` belongs to another pod. */
function restore(pod: Pod, requested: Requested): Pod | undefined {
  const names = new Set(requested.env);
  const roomless = withoutRoom(pod.spec.containers, requested.room);
  const containers = roomless === undefined ? undefined : restoreAll(roomless, requested.containers, names);
  const initContainers = restoreAll(pod.spec.initContainers ?? [], requested.initContainers, names);
  if (containers === undefined || initContainers === undefined) return undefined;
  const { hostNetwork, dnsPolicy, ...spec } = pod.spec;
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations: withFormer(annotationsOf(pod), requested.annotations) },
    spec: {
      ...spec,
      ...optional('hostNetwork', former(requested.hostNetwork, hostNetwork)),
      ...optional('dnsPolicy', former(requested.dnsPolicy, dnsPolicy)),
      containers,
      ...(pod.spec.initContainers === undefined ? {} : { initContainers }),
    },
  };
}

/** The recorded value, if one was recorded; null records that the field was absent. */
function former<T>(recorded: T | null | undefined, current: T | undefined): T | undefined {
  return recorded === undefined ? current : (recorded ?? undefined);
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [key in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: T };
}

function withFormer(
  annotations: Readonly<Record<string, string>>,
  recorded: Requested['annotations'],
): Readonly<Record<string, string>> {
  const merged = Object.entries({ ...annotations, ...recorded });
  return Object.fromEntries(merged.flatMap(([key, text]) => (text === null ? [] : [[key, text]])));
}

/** Containers that others added since stay as they are; if a recorded one is missing, the record belongs to another pod. */
function restoreAll(
  containers: readonly Container[],
  recorded: readonly RequestedContainer[],
  names: ReadonlySet<string>,
): readonly Container[] | undefined {
  if (recorded.some(({ name }) => !containers.some((container) => container.name === name))) return undefined;
  const restored: Container[] = [];
  for (const container of containers) {
    const record = recorded.find(({ name }) => name === container.name);
    const former = record === undefined ? container : restoreContainer(container, record, names);
    if (former === undefined) return undefined;
    restored.push(former);
  }
  return restored;
}

function restoreContainer(
  container: Container,
  record: RequestedContainer,
  names: ReadonlySet<string>,
): Container | undefined {
  const ports = restorePorts(container.ports ?? [], record.ports);
  if (ports === undefined || record.calls.some(({ at }) => numberAt(container, at) === undefined)) return undefined;
  const called = record.calls.reduce((each, { at, port }) => withNumberAt(each, at, port), container);
  const { ports: _, ...portless } = called;
  // An empty list either lost its ports, or there was none.
  const isEmpty = ports.length === 0 && container.ports === undefined;
  return withEnv(isEmpty ? portless : { ...portless, ports }, withoutVariables(container.env ?? [], names, record.env));
}

/**
 * The n-th recorded port with a name and protocol is the n-th such port now; ports that were removed from the pod
 * return to their positions.
 */
function restorePorts(
  ports: readonly ContainerPort[],
  recorded: readonly RequestedPort[],
): readonly ContainerPort[] | undefined {
  const left = recorded.filter(({ away }) => away !== true);
  const restored = ports.map((port) => {
    const at = left.findIndex(({ name, protocol }) => name === port.name && protocol === port.protocol);
    const [record] = at < 0 ? [] : left.splice(at, 1);
    if (record === undefined) return port;
    const { hostPort: _, ...rest } = port;
    return { ...rest, containerPort: record.containerPort, ...optional('hostPort', record.hostPort) };
  });
  for (const [at, { away, ...port }] of recorded.entries()) if (away === true) restored.splice(at, 0, port);
  return left.length === 0 ? restored : undefined;
}

/** `containers` without the request for room, and with the former amounts; undefined if the container is missing. */
function withoutRoom(containers: readonly Container[], room: Requested['room']): readonly Container[] | undefined {
  if (room === undefined) return containers;
  if (!containers.some(({ name }) => name === room.container)) return undefined;
  return containers.map((container) =>
    container.name === room.container ? withFormerRoom(container, room) : container,
  );
}

function withFormerRoom(container: Container, room: NonNullable<Requested['room']>): Container {
  const { resources, ...rest } = withResource(container, room.resource, room);
  const isEmpty = resources === undefined || Object.keys(resources).length === 0;
  return room.bare === true && isEmpty ? rest : { ...rest, ...optional('resources', resources) };
}

function withEnv(container: Container, env: readonly EnvVar[]): Container {
  const { env: _, ...rest } = container;
  return env.length === 0 ? rest : { ...rest, env };
}

/** `pod` without the variables of Hostport whose values are in its annotations. */
function withoutKnownVariables(pod: Pod): Pod {
  const ours = new Map<string, string>();
  for (const [key, number] of Object.entries(annotationsOf(pod))) {
    const name = nameInKey(key);
    if (name !== undefined) ours.set(envNameOf(name), number);
  }
  const strip = (container: Container): Container =>
    container.env === undefined
      ? container
      : withEnv(
          container,
          container.env.filter(({ name, value }) => value === undefined || ours.get(name) !== value),
        );
  const { containers, initContainers } = pod.spec;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: containers.map(strip),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(strip) }),
    },
  };
}

function withoutResults(pod: Pod): Pod {
  const { annotations = {}, ...metadata } = pod.metadata;
  const others = Object.entries(annotations).filter(([key]) => !isResult(key));
  return {
    ...pod,
    metadata: others.length === 0 ? metadata : { ...metadata, annotations: Object.fromEntries(others) },
  };
}
