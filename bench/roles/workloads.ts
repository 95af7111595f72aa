import { API_VERSION, RoleInstanceSets } from '../../src/api/index.ts';
import type { RoleInstanceSetManifest } from '../../src/api/index.ts';
import { Deployments, StatefulSets } from '../../src/kube/index.ts';
import type { Draft, KubeObject, ResourceType } from '../../src/kube/index.ts';

/** An instance is a leader and so many workers. */
const WORKERS = 2;

/** Pods of an instance. */
export const PODS_EACH = 1 + WORKERS;

/** What is created to have pods. */
export interface Workload {
  readonly type: ResourceType;
  readonly draft: Draft<KubeObject>;
}

const container = { name: 'main', image: 'registry.k8s.io/pause:3.10' };

/** A set of `instances` instances, every pod with a port of its own, the leaders with one that they share. */
export function setOf(namespace: string, instances: number): readonly Workload[] {
  const own = { name: 'grpc', env: 'GRPC_PORT', annotationKey: 'example.com/grpc-port', scope: 'PodScoped' };
  const shared = { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' };
  const component = (name: string, size: number, allocations: readonly object[]) => ({
    name,
    size,
    template: {
      metadata: { annotations: { 'hostport.io/port-allocator': JSON.stringify({ allocations }) } },
      spec: { containers: [container] },
    },
  });
  const components = [component('leader', 1, [own, shared]), component('worker', WORKERS, [own])];
  const draft: RoleInstanceSetManifest = {
    apiVersion: API_VERSION,
    kind: 'RoleInstanceSet',
    metadata: { name: 'serve', namespace },
    spec: { replicas: instances, template: { spec: { components } } },
  };
  return [{ type: RoleInstanceSets, draft }];
}

/** As many pods of Kubernetes' own controllers: the leaders of a StatefulSet, the workers of a Deployment. */
export function plainOf(namespace: string, instances: number): readonly Workload[] {
  const draft = (name: string, replicas: number, more: object) => {
    const labels = { app: name };
    const template = { metadata: { labels }, spec: { containers: [container] } };
    return { metadata: { name, namespace }, spec: { replicas, selector: { matchLabels: labels }, template, ...more } };
  };
  const statefulSet = { serviceName: 'leader', podManagementPolicy: 'Parallel' };
  return [
    { type: Deployments, draft: draft('worker', instances * WORKERS, {}) },
    { type: StatefulSets, draft: draft('leader', instances, statefulSet) },
  ];
}

const LeaderWorkerSets: ResourceType = {
  group: 'leaderworkerset.x-k8s.io',
  version: 'v1',
  plural: 'leaderworkersets',
  kind: 'LeaderWorkerSet',
  namespaced: true,
};

/** As many groups of a leader and its workers, without ports. */
export function groupsOf(namespace: string, groups: number): readonly Workload[] {
  const workerTemplate = { spec: { containers: [container] } };
  const spec = { replicas: groups, leaderWorkerTemplate: { size: PODS_EACH, workerTemplate } };
  return [{ type: LeaderWorkerSets, draft: { metadata: { name: 'groups', namespace }, spec } as Draft<KubeObject> }];
}
