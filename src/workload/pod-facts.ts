import { RBG_GROUP } from '../api/index.ts';
import type { KubeObject, Pod } from '../kube/index.ts';

/** The object that created a pod, and creates it again. */
export interface Controller {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

const POD_INDEX = 'apps.kubernetes.io/pod-index';
const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';

/** The owner of an object that is marked as its controller; undefined if there is none. */
export function controllerOf({ metadata }: Pick<KubeObject, 'metadata'>): Controller | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return undefined;
  const { apiVersion, kind, name, uid } = owner;
  return { apiVersion, kind, name, uid };
}

/** Whether RoleBasedGroup controls `pod`: it gives such pods their ports itself. */
export function isOfRbg(pod: Pick<Pod, 'metadata'>): boolean {
  return controllerOf(pod)?.apiVersion.startsWith(`${RBG_GROUP}/`) === true;
}

/** Whether the controller of `pod` is a StatefulSet. */
export function isOfStatefulSet(pod: Pod): boolean {
  return isOf(pod, 'apps/', 'StatefulSet');
}

/**
 * The ordinal of `pod`: its index in a StatefulSet, its completion index in an Indexed Job, as their controllers write
 * it into labels (Jobs before Kubernetes 1.28 only into an annotation); never a guess from the name.
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

/** The label in which the kubelet writes the name of its node (`k8s.io/api/core/v1`, well-known labels). */
const HOSTNAME = 'kubernetes.io/hostname';

/** The node for which `pod` was created, without a scheduler; undefined for a pod that is scheduled. */
export function nodeNameOf({ spec }: Pod): string | undefined {
  return spec.nodeName === '' ? undefined : spec.nodeName;
}

/** The only node on which `pod` can run, if its spec names one. */
export function onlyNodeOf(pod: Pod): string | undefined {
  return nodeNameOf(pod) ?? pod.spec.nodeSelector?.[HOSTNAME];
}
