import type { KubeObject, Pod } from '../kube/index.ts';

/** The object that made a pod, and makes it again. */
export interface Controller {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

const POD_INDEX = 'apps.kubernetes.io/pod-index';
const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';

/** The owner of an object that says it is the controller; undefined for one by itself. */
export function controllerOf({ metadata }: Pick<KubeObject, 'metadata'>): Controller | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return undefined;
  const { apiVersion, kind, name, uid } = owner;
  return { apiVersion, kind, name, uid };
}

/** Whether the controller of `pod` is a StatefulSet. */
export function isOfStatefulSet(pod: Pod): boolean {
  return isOf(pod, 'apps/', 'StatefulSet');
}

/**
 * The ordinal of `pod`: its index under a StatefulSet, its completion index under an Indexed Job, as their controllers
 * say in labels (Jobs before Kubernetes 1.28 only in the annotation); never a guess from the name.
 */
export function ordinalOf(pod: Pod): number | undefined {
  const { labels, annotations } = pod.metadata;
  if (isOfStatefulSet(pod)) return index(labels?.[POD_INDEX]);
  if (!isOf(pod, 'batch/', 'Job')) return undefined;
  return index(labels?.[COMPLETION_INDEX] ?? annotations?.[COMPLETION_INDEX]);
}

function isOf(pod: Pod, group: string, kind: string): boolean {
  const controller = controllerOf(pod);
  return controller?.kind === kind && controller.apiVersion.startsWith(group);
}

function index(text: string | undefined): number | undefined {
  return text !== undefined && /^(0|[1-9][0-9]{0,8})$/.test(text) ? Number(text) : undefined;
}

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
