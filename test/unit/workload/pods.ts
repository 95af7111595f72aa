import type {
  Container,
  ContainerPort,
  ObjectMeta,
  OwnerReference,
  Pod,
  PodSpec,
  PodStatus,
} from '../../../src/kube/index.ts';
import { assignPorts } from '../../../src/workload/index.ts';
import type { PodDemand, PodRequest, PodSettings } from '../../../src/workload/index.ts';
import { demandOf } from '../../../src/workload/demand.ts';
import { readPodSettings } from '../../../src/workload/settings.ts';

interface Parts {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly owner?: OwnerReference;
  readonly meta?: Partial<ObjectMeta>;
  readonly spec?: Partial<PodSpec>;
  readonly status?: PodStatus;
}

/** A pod with `containers`, as the API server shows it to a webhook. */
export function pod(containers: readonly Container[], parts: Parts = {}): Pod {
  const { annotations, labels, owner, meta, spec, status } = parts;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'match-7',
      namespace: 'arena',
      uid: 'uid-7',
      resourceVersion: '7',
      creationTimestamp: '2026-11-21T00:00:00Z',
      ...(annotations === undefined ? {} : { annotations }),
      ...(labels === undefined ? {} : { labels }),
      ...(owner === undefined ? {} : { ownerReferences: [owner] }),
      ...meta,
    },
    spec: { dnsPolicy: 'ClusterFirst', ...spec, containers },
    ...(status === undefined ? {} : { status }),
  };
}

/** A container with `ports`. */
export function container(
  name: string,
  ports: readonly ContainerPort[] = [],
  parts: Partial<Container> = {},
): Container {
  return { name, image: `registry/${name}`, ...(ports.length === 0 ? {} : { ports }), ...parts };
}

/** A container port; TCP unless `parts` says otherwise. */
export function port(name: string, containerPort: number, parts: Partial<ContainerPort> = {}): ContainerPort {
  return { ...(name === '' ? {} : { name }), containerPort, protocol: 'TCP', ...parts };
}

/** Annotations `hostport.io/…`, by their names without prefix. */
export function asking(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(settings).map(([name, text]) => [`hostport.io/${name}`, text]));
}

/** The text of a port allocator's annotation. */
export function allocator(...allocations: readonly object[]): string {
  return JSON.stringify({ allocations });
}

/** A controller of a pod. */
export function controller(apiVersion: string, kind: string): OwnerReference {
  return { apiVersion, kind, name: 'game', uid: 'uid-of-game', controller: true };
}

export const statefulSet = controller('apps/v1', 'StatefulSet');

/**
 * The settings of `of`.
 * @throws Error if they are refused, or if the pod asks for nothing
 */
export function settingsOf(of: Pod): PodSettings {
  const settings = readPodSettings(of);
  if (!settings.ok) throw new Error(settings.error.message);
  if (settings.value === undefined) throw new Error('the pod asks for nothing');
  return settings.value;
}

/**
 * The numbers that `of` needs.
 * @throws Error if the pod is refused
 */
export function needs(of: Pod): PodDemand {
  const demand = demandOf(of, settingsOf(of));
  if (!demand.ok) throw new Error(demand.error.message);
  return demand.value;
}

/**
 * The request of `of`, which has no results of Hostport.
 * @throws Error if the pod is refused
 */
export function requestOf(of: Pod): PodRequest {
  return { original: of, settings: settingsOf(of), demand: needs(of) };
}

/** `of` with numbers from 20000 up, in the order of its demand; a port that needs an exact number gets that number. */
export function served(of: Pod, source: { readonly reservation?: string } = { reservation: 'token' }): Pod {
  const demand = needs(of);
  let next = 20_000;
  const given = new Map<string, { number: number; end?: number }>();
  for (const { name, count, number = next } of demand.ports) {
    given.set(name, count === 1 ? { number } : { number, end: number + count - 1 });
    next += count;
  }
  return assignPorts(requestOf(of), given, source);
}
