import type { ContainerStatus, Pod, PodStatus } from '../kube/index.ts';

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
