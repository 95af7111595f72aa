import { podAnnotations } from '../../src/api/index.ts';
import { Deployments } from '../../src/kube/index.ts';
import type { Draft, KubeObject, Pod } from '../../src/kube/index.ts';
import { matchPod, withoutPorts } from '../match-pod.ts';

/** Where the pods are. */
export const NAMESPACE = 'lives';

export const STRATEGIES = ['Stride', 'Sequential', 'Random'] as const;

/** What a pod asks for: two numbers by a strategy, or none. All are on the host network: kwok writes such pods oftener. */
export type Way = (typeof STRATEGIES)[number] | 'none';

/** A pod that asks for two numbers, or for none. */
export function draftOf(way: Way): Draft<Pod> {
  if (way === 'none')
    return withoutPorts(matchPod({ namespace: NAMESPACE, annotations: { 'example.com/enabled': 'true' } }));
  const annotations = { [podAnnotations.enabled]: 'true', [podAnnotations.strategy]: way };
  return matchPod({ namespace: NAMESPACE, annotations });
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
