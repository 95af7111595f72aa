import type { ContainerStatus, Pod, PodStatus } from '../kube/index.ts';

/**
 * Whether `pod` may still use its ports. It doesn't when it says that it has ended, or when it is terminating and nothing of it
 * is left that runs or may be started: it never came to a node, or each of its containers has terminated. In doubt it does.
 */
export function mayUsePorts(pod: Pod): boolean {
  const { metadata, spec, status = {} } = pod;
  if (hasFinished(pod)) return false;
  if (metadata.deletionTimestamp === undefined) return true;
  if (spec.nodeName === undefined || spec.nodeName === '') return false;
  return !everythingEnded(pod, status);
}

/** Whether `pod` says that it has ended: it never runs again. */
export function hasFinished({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function everythingEnded({ spec }: Pod, status: PodStatus): boolean {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status;
  const statuses = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  const expected = [spec.containers, spec.initContainers ?? [], spec.ephemeralContainers ?? []].flat();
  const blocked = initContainerStatuses.some(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0);
  // A container that the node hasn't reported on may have been started.
  return (
    expected.every(({ name }) => statuses.some((each) => each.name === name)) &&
    statuses.every((each) => each.state?.terminated !== undefined || (blocked && neverStarted(each)))
  );
}

/** What waits behind an init container that failed isn't started any more in a pod that is terminating. */
function neverStarted({ state, containerID = '', restartCount = 0 }: ContainerStatus): boolean {
  return state?.waiting?.reason === 'PodInitializing' && containerID === '' && restartCount === 0;
}
