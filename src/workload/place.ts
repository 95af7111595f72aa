import type { Pod } from '../kube/index.ts';

/** What the kubelet calls its node in a label (`k8s.io/api/core/v1`, well-known labels): as a rule the node's name. */
const HOSTNAME = 'kubernetes.io/hostname';

/** The node that `pod` was made for, which it is never bound to; undefined for a pod that is to be scheduled. */
export function nodeNameOf({ spec }: Pod): string | undefined {
  return spec.nodeName === '' ? undefined : spec.nodeName;
}

/** The one node that `pod` can come to, as far as its spec says so in so many words. */
export function onlyNodeOf(pod: Pod): string | undefined {
  return nodeNameOf(pod) ?? pod.spec.nodeSelector?.[HOSTNAME];
}
