import { podAnnotations } from '../../src/api/index.ts';
import { Deployments } from '../../src/kube/index.ts';
import type { Draft, KubeObject, Pod } from '../../src/kube/index.ts';
import { matchPod } from '../match-pod.ts';

/** Where the pods are. */
export const NAMESPACE = 'lives';

export const STRATEGIES = ['Stride', 'Sequential', 'Random'] as const;

/** What a pod asks for: two numbers by a strategy, or none. All are on the host network: kwok writes such pods oftener. */
export type Way = (typeof STRATEGIES)[number] | 'none';

/** A pod that asks for two numbers; one that doesn't declares none, as two of the latter couldn't be on one node. */
export function draftOf(way: Way): Draft<Pod> {
  const asks = { [podAnnotations.enabled]: 'true', ...(way === 'none' ? {} : { [podAnnotations.strategy]: way }) };
  const pod = matchPod({ namespace: NAMESPACE, annotations: asks });
  if (way !== 'none') return pod;
  const { spec, metadata } = pod;
  const containers = spec.containers.map(({ ports: _, ...container }) => container);
  const plain = { ...spec, hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet', containers };
  return { metadata: { ...metadata, annotations: { 'example.com/enabled': 'true' } }, spec: plain };
}

/** A Deployment of such pods. */
export function deploymentOf(way: Way, name: string, replicas: number): Draft<KubeObject> {
  const { metadata, spec } = draftOf(way);
  const labels = { app: name };
  const template = { metadata: { labels, annotations: metadata.annotations }, spec };
  return {
    metadata: { name, namespace: NAMESPACE },
    spec: { replicas, selector: { matchLabels: labels }, template },
  } as Draft<KubeObject>;
}

export { Deployments };
