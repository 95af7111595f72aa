import type { Container, ContainerPort } from '../kube/index.ts';
import { protocolOf } from './container-ports.ts';
import { numberAt, portPaths, withNumberAt } from './port-paths.ts';

/** The new numbers of a pod's container ports: by container, and for the whole pod. */
export interface Moves {
  readonly own: ReadonlyMap<Container, ReadonlyMap<number, number>>;
  readonly all: ReadonlyMap<number, number>;
}

/** A handler of a probe or hook, and the port that it called before the change. */
export interface Call {
  readonly at: string;
  readonly port: number;
}

/** The changes that `rewrite` makes to the container ports of `containers`. */
export function movesOf(containers: readonly Container[], rewrite: (port: ContainerPort) => ContainerPort): Moves {
  const all = new Map<number, number>();
  const own = new Map<Container, ReadonlyMap<number, number>>();
  for (const container of containers) {
    const mine = new Map<number, number>();
    // Handlers use TCP: if a number stands for several ports, the TCP one is meant.
    const ports = [...(container.ports ?? [])].sort((left, right) => rank(left) - rank(right));
    for (const port of ports) {
      const { containerPort } = rewrite(port);
      if (!mine.has(port.containerPort)) mine.set(port.containerPort, containerPort);
      if (!all.has(port.containerPort)) all.set(port.containerPort, containerPort);
    }
    own.set(container, mine);
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
  { own, all }: Moves,
): { readonly container: Container; readonly calls: readonly Call[] } {
  let followed = container;
  const calls: Call[] = [];
  for (const at of portPaths) {
    const port = numberAt(container, at);
    const moved = port === undefined ? undefined : (own.get(container)?.get(port) ?? all.get(port));
    if (port === undefined || moved === undefined || moved === port) continue;
    followed = withNumberAt(followed, at, moved);
    calls.push({ at, port });
  }
  return { container: followed, calls };
}
