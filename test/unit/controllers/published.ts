import type { GivenPod, Situation } from '../../../src/controllers/service/decide.ts';
import { decide } from '../../../src/controllers/service/decide.ts';
import { publicationOf } from '../../../src/controllers/service/publication.ts';
import type { Container, Draft, EndpointSlice, Pod, PodStatus, Service } from '../../../src/kube/index.ts';
import type { WireProtocol } from '../../../src/workload/index.ts';
import { container, pod } from '../workload/pods.ts';

/** A Service that publishes the port `web`, which pods call `http`; its parts replace what is usual. */
export function service(spec: Service['spec'] | object = {}, metadata: Partial<Service['metadata']> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'shop',
      namespace: 'arena',
      uid: 'uid-of-shop',
      resourceVersion: '1',
      creationTimestamp: '2026-11-21T00:00:00Z',
      annotations: { 'hostport.io/publish': 'true', 'hostport.io/selector': 'app=web' },
      ...metadata,
    },
    spec: { ports: [{ name: 'web', port: 80, protocol: 'TCP', targetPort: 'http' }], ...spec },
  };
}

/** How a pod differs from one that is ready on node `n1`. */
export interface Being {
  readonly status?: PodStatus;
  readonly spec?: Partial<Pod['spec']>;
  readonly meta?: Partial<Pod['metadata']>;
  readonly protocol?: WireProtocol;
  /** Default: one without ports. */
  readonly containers?: readonly Container[];
}

/** A pod that was told `numbers`, by the names of its ports, and has them. */
export function given(name: string, numbers: Readonly<Record<string, number>>, being: Being = {}): GivenPod {
  const { status, spec, meta, protocol = 'TCP', containers = [container('game')] } = being;
  const told = new Map(
    Object.entries(numbers).map(([port, number]) => [port, { number, protocols: new Set([protocol]) }] as const),
  );
  return {
    pod: pod(containers, {
      meta: { name, uid: `uid-of-${name}`, ...meta },
      spec: { nodeName: 'n1', ...spec },
      status: { phase: 'Running', hostIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }], ...status },
    }),
    told,
    held: new Map([
      ['IPv4', told],
      ['IPv6', told],
    ]),
    doubted: new Map(),
  };
}

/** What was gathered of `of` and `pods`; throws what refused the Service. */
export function situation(of: Service, pods: readonly GivenPod[], slices: readonly EndpointSlice[] = []): Situation {
  const publication = publicationOf(of);
  if (!publication.ok) throw new Error(publication.error.message);
  if (publication.value === undefined) throw new Error('the Service publishes nothing');
  return { service: of, publication: publication.value, pods, doubtful: [], slices, zoneOf: () => undefined };
}

/** `draft` as the API server would have stored it. */
export function stored(draft: Draft<EndpointSlice>, metadata: Partial<EndpointSlice['metadata']> = {}): EndpointSlice {
  const { name = '', namespace = '' } = draft.metadata;
  const meta = { uid: `uid-of-${name}`, resourceVersion: '1', creationTimestamp: '2026-11-21T00:00:00Z' };
  const whole = { ...meta, ...draft.metadata, name, namespace, ...metadata };
  return { ...draft, apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: whole };
}

/** The slices that are there after everything that is decided was done. */
export function afterwards(before: Situation): readonly EndpointSlice[] {
  const { create, replace, remove } = decide(before);
  const replaced = new Map(replace.map((draft) => [draft.metadata.name, stored(draft)]));
  const kept = before.slices.filter((slice) => !remove.includes(slice));
  return [...kept.map((slice) => replaced.get(slice.metadata.name) ?? slice), ...create.map((draft) => stored(draft))];
}
