import { RBG_GROUP } from '../api/index.ts';
import type { ContainerStatus, KubeObject, Pod, PodStatus } from '../kube/index.ts';

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

/**
 * Whether `pod` may still use its ports. It may not if it has finished, or if it is terminating and nothing of it runs
 * or may still be started: it was never on a node, or each of its containers has terminated. In doubt it may.
 */
export function mayUsePorts(pod: Pod): boolean {
  const { metadata, spec, status = {} } = pod;
  if (hasFinished(pod)) return false;
  if (metadata.deletionTimestamp === undefined) return true;
  if (spec.nodeName === undefined || spec.nodeName === '') return false;
  return !everythingEnded(pod, status);
}

/** Whether `pod` has finished: it never runs again. */
export function hasFinished({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function everythingEnded({ spec }: Pod, status: PodStatus): boolean {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status;
  const statuses = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  const expected = [spec.containers, spec.initContainers ?? [], spec.ephemeralContainers ?? []].flat();
  const blocked = initContainerStatuses.some(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0);
  // A container on which the node hasn't reported may have been started.
  return (
    expected.every(({ name }) => statuses.some((each) => each.name === name)) &&
    statuses.every((each) => each.state?.terminated !== undefined || (blocked && neverStarted(each)))
  );
}

/** In a terminating pod, containers behind a failed init container aren't started any more. */
function neverStarted({ state, containerID = '', restartCount = 0 }: ContainerStatus): boolean {
  return state?.waiting?.reason === 'PodInitializing' && containerID === '' && restartCount === 0;
}
