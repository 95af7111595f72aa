import type { ContainerPort, Draft, Pod } from '../src/kube/index.ts';

/** The names of the two ports of a {@link matchPod}, in their order. */
export const PORTS = ['game', 'http'] as const;

const ports: readonly ContainerPort[] = [
  { name: PORTS[0], containerPort: 7777, protocol: 'UDP' },
  { name: PORTS[1], containerPort: 8080, protocol: 'TCP' },
];

/** A pod with two ports as a controller creates it, with `container` in it besides. */
export function matchPod(
  metadata: { readonly namespace: string; readonly annotations: Readonly<Record<string, string>> },
  container: object = {},
): Draft<Pod> {
  const env = [{ name: 'ARENA', value: 'arena-1' }];
  const resources = { requests: { cpu: '100m', memory: '64Mi' } };
  const server = { name: 'server', image: 'registry.k8s.io/pause:3.10', ports, env, resources, ...container };
  const labels = { app: 'match', 'app.kubernetes.io/part-of': 'arena', tier: 'game' };
  return { metadata: { generateName: 'match-', labels, ...metadata }, spec: { containers: [server] } };
}

/** Such a pod on the host network, and without its ports: two that declare the same ones couldn't be on one node. */
export function withoutPorts({ metadata, spec }: Draft<Pod>): Draft<Pod> {
  const containers = spec.containers.map(({ ports: _, ...container }) => container);
  return { metadata, spec: { ...spec, hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet', containers } };
}
