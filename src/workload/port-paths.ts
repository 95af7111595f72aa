import type { Container } from '../kube/index.ts';

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
