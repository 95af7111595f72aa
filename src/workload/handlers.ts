import type { Container, ContainerPort } from '../kube/index.ts';
import { protocolOf } from './container-ports.ts';

const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((probe) =>
  ['httpGet', 'tcpSocket', 'grpc'].map((handler) => [probe, handler] as const),
);
const HOOKS = ['postStart', 'preStop'].flatMap((hook) =>
  ['httpGet', 'tcpSocket'].map((handler) => ['lifecycle', hook, handler] as const),
);

/** The places in a container where a probe or a hook names the port that it calls, such as `livenessProbe.httpGet`. */
export const portPaths: readonly string[] = [...PROBES, ...HOOKS].map((path) => path.join('.'));

/** Hosts by which a handler calls the pod itself; no host means the pod's address. */
const SELF = new Set([undefined, '', 'localhost', '127.0.0.1', '::1', '[::1]']);

type Node = Readonly<Record<string, unknown>>;

/**
 * The number of the port that the handler at `path` calls on the pod itself; undefined if it names a port, or doesn't
 * exist.
 */
export function numberAt(container: Container, path: string): number | undefined {
  const port = calledAt(container, path);
  return typeof port === 'number' ? port : undefined;
}

/** The port that the handler at `path` calls on the pod itself, by number or by name; undefined if there is none. */
export function calledAt(container: Container, path: string): number | string | undefined {
  let node: unknown = container;
  for (const step of path.split('.')) node = isNode(node) ? node[step] : undefined;
  if (!isNode(node)) return undefined;
  const { port, host } = node;
  // A name means one of the container's own ports, whichever host is called.
  if (typeof port === 'string') return port;
  return typeof port === 'number' && SELF.has(host as string | undefined) ? port : undefined;
}

/** `container` with `number` as the port that the handler at `path` calls. */
export function withNumberAt(container: Container, path: string, number: number): Container {
  return put(container as unknown as Node, path.split('.'), number) as unknown as Container;
}

function put(node: Node, path: readonly string[], number: number): Node {
  const [step, ...rest] = path;
  if (step === undefined) return { ...node, port: number };
  const child = node[step];
  return { ...node, [step]: put(isNode(child) ? child : {}, rest, number) };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}

/** The new numbers of a pod's container ports by their former ones: for each container, and for the whole pod. */
export interface RenumberedPorts {
  readonly own: ReadonlyMap<Container, ReadonlyMap<number, number>>;
  readonly all: ReadonlyMap<number, number>;
}

/** The path of a handler, and the port that it called before the change. */
interface Call {
  readonly at: string;
  readonly port: number;
}

/** The new numbers that `rewrite` gives to the container ports of `containers`. */
export function renumberedPorts(
  containers: readonly Container[],
  rewrite: (port: ContainerPort) => ContainerPort,
): RenumberedPorts {
  const all = new Map<number, number>();
  const own = new Map<Container, ReadonlyMap<number, number>>();
  for (const container of containers) {
    const ofContainer = new Map<number, number>();
    // Handlers use TCP: if a number stands for several ports, the TCP one is meant.
    const ports = [...(container.ports ?? [])].sort((left, right) => rank(left) - rank(right));
    for (const port of ports) {
      const { containerPort } = rewrite(port);
      if (!ofContainer.has(port.containerPort)) ofContainer.set(port.containerPort, containerPort);
      if (!all.has(port.containerPort)) all.set(port.containerPort, containerPort);
    }
    own.set(container, ofContainer);
  }
  return { own, all };
}

function rank(port: ContainerPort): number {
  return protocolOf(port) === 'TCP' ? 0 : 1;
}

/**
 * `container` with its probes and hooks calling the new ports. A port that the container doesn't declare belongs to
 * another container, because the containers of a pod share a network.
 * @returns also the calls that were changed, as they were
 */
export function followPorts(
  container: Container,
  { own, all }: RenumberedPorts,
): { readonly container: Container; readonly calls: readonly Call[] } {
  let followed = container;
  const calls: Call[] = [];
  for (const at of portPaths) {
    const port = numberAt(container, at);
    const number = port === undefined ? undefined : (own.get(container)?.get(port) ?? all.get(port));
    if (port === undefined || number === undefined || number === port) continue;
    followed = withNumberAt(followed, at, number);
    calls.push({ at, port });
  }
  return { container: followed, calls };
}
