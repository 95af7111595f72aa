import { PortAllocations, RoleInstanceSets, roleLabels, serviceAnnotations } from '../../src/api/index.ts';
import type { Random } from '../../src/base/random.ts';
import { Deployments, Pods, Services, StatefulSets } from '../../src/kube/index.ts';
import type { ResourceType } from '../../src/kube/index.ts';
import { happens, pick, several } from './chance.ts';
import { annotationsOf, lenderOf, nameOf, perhaps, port, word } from './words.ts';

/** An object as somebody may send it: anything may be anywhere. */
export interface Hostile {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What a tenant may make, and how. */
export interface HostileKind {
  readonly type: ResourceType;
  /** How often, beside the others. */
  readonly weight: number;
  readonly make: (random: Random) => Hostile;
}

const image = 'registry.k8s.io/pause:3.10';

export const kinds: readonly HostileKind[] = [
  { type: Pods, weight: 8, make: (random) => ({ metadata: metadataOf(random), spec: podSpec(random) }) },
  {
    type: PortAllocations,
    weight: 5,
    make: (random) => {
      const name = happens(random, 60) ? { name: lenderOf(random) } : {};
      return { metadata: { ...metadataOf(random), ...name }, spec: allocationSpec(random) };
    },
  },
  { type: RoleInstanceSets, weight: 2, make: (random) => ({ metadata: metadataOf(random), spec: setSpec(random) }) },
  { type: Services, weight: 1, make: serviceOf },
  { type: Deployments, weight: 1, make: (random) => ({ metadata: metadataOf(random), spec: workloadSpec(random) }) },
  { type: StatefulSets, weight: 1, make: (random) => ({ metadata: metadataOf(random), spec: workloadSpec(random) }) },
];

function metadataOf(random: Random): Hostile['metadata'] {
  const owner = {
    apiVersion: perhaps(random, pick(random, ['v1', 'apps/v1', 'hostport.io/v1alpha1'])),
    kind: perhaps(random, pick(random, ['Pod', 'ReplicaSet', 'StatefulSet', 'RoleInstance', 'Nothing'])),
    name: nameOf(random),
    uid: perhaps(random, `00000000-0000-0000-0000-00000000000${random.below(10)}`),
    controller: true,
  };
  return {
    name: nameOf(random),
    labels: { app: perhaps(random, 'h'), ...(happens(random, 10) ? forgedLabels(random) : {}) },
    annotations: annotationsOf(random),
    ...(happens(random, 10) ? { ownerReferences: [owner] } : {}),
    ...(happens(random, 15) ? { finalizers: [perhaps(random, 'example.com/stays')] } : {}),
  };
}

function forgedLabels(random: Random): Readonly<Record<string, string>> {
  return { [pick(random, [...Object.values(roleLabels), 'hostport.io/record', 'hostport.io/ledger'])]: nameOf(random) };
}

function podSpec(random: Random): Hostile['spec'] {
  const ports = several(random.below(4), (at) => ({
    name: perhaps(random, `p${at}`),
    containerPort: port(random),
    ...(happens(random, 40) ? { protocol: perhaps(random, pick(random, ['TCP', 'UDP'])) } : {}),
    ...(happens(random, 25) ? { hostPort: port(random) } : {}),
    ...(happens(random, 10) ? { hostIP: perhaps(random, `10.0.0.${random.below(30)}`) } : {}),
  }));
  return {
    terminationGracePeriodSeconds: random.below(4),
    ...(happens(random, 10) ? { hostNetwork: true } : {}),
    ...(happens(random, 5) ? { nodeName: perhaps(random, 'node-1') } : {}),
    containers: [
      { name: perhaps(random, 'main'), image, ports, env: [{ name: perhaps(random, 'A'), value: word(random) }] },
    ],
  };
}

function allocationSpec(random: Random): Hostile['spec'] {
  const ports = several(1 + random.below(4), (at) => ({
    name: perhaps(random, `p${at}`),
    ...(happens(random, 40) ? { protocol: perhaps(random, pick(random, ['TCP', 'UDP', 'TCPUDP'])) } : {}),
    ...(happens(random, 30) ? { port: port(random) } : {}),
    ...(happens(random, 30)
      ? { count: happens(random, 90) ? pick(random, [1, 2, 5, 64]) : pick(random, [4_096, -1, word(random)]) }
      : {}),
    ...(happens(random, 20) ? { hostIP: perhaps(random, `10.0.0.${random.below(30)}`) } : {}),
  }));
  const recordOf = { apiVersion: 'v1', kind: 'Pod', name: nameOf(random), uid: word(random) };
  return {
    ports,
    ...(happens(random, 15) ? { poolName: perhaps(random, pick(random, ['default', 'from-30558'])) } : {}),
    ...(happens(random, 10) ? { nodeName: perhaps(random, 'node-1') } : {}),
    ...(happens(random, 5) ? { recordOf } : {}),
  };
}

function template(random: Random): object {
  return { metadata: { labels: { app: 'h' }, annotations: annotationsOf(random) }, spec: podSpec(random) };
}

function setSpec(random: Random): Hostile['spec'] {
  const components = several(1 + random.below(2), (at) => ({
    name: perhaps(random, `c${at}`),
    template: template(random),
  }));
  return { replicas: random.below(4), template: { spec: { components } } };
}

function workloadSpec(random: Random): Hostile['spec'] {
  return {
    replicas: random.below(4),
    serviceName: 'h',
    selector: { matchLabels: { app: 'h' } },
    template: template(random),
  };
}

function serviceOf(random: Random): Hostile {
  const annotations = {
    [serviceAnnotations.publish]: perhaps(random, 'true'),
    ...(happens(random, 50) ? { [serviceAnnotations.selector]: word(random) } : {}),
  };
  const { metadata } = { metadata: metadataOf(random) };
  const spec = {
    type: happens(random, 20) ? 'NodePort' : 'ClusterIP',
    selector: { app: perhaps(random, 'h') },
    ports: [{ name: 'p0', port: port(random), targetPort: perhaps(random, 'p0') }],
  };
  return { metadata: { ...metadata, annotations }, spec };
}
