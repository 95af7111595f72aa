import { roleLabels } from '../../api/index.ts';
import type { ContainerStatus, Pod } from '../../kube/index.ts';
import { controllerOf } from '../../workload/index.ts';

/** The facts about a pod with the instance's label that the decisions need. */
export interface PodView {
  readonly name: string;
  readonly uid: string;
  readonly component: string;
  /** The revision of the template that the pod was made of. */
  readonly revision: string;
  /** How often the instance had been restarted when the pod was made. */
  readonly restarts: number;
  /** Whether the instance, no object or another object controls the pod. */
  readonly owner: 'ours' | 'nobody' | 'other';
  readonly isTerminating: boolean;
  readonly isReady: boolean;
  /** Whether the pod failed or one of its containers was started again. */
  readonly wasRestarted: boolean;
  /** Whether the pod has finished or failed: none of its containers runs any more. */
  readonly isOver: boolean;
  /** When the pod was created, in milliseconds since the epoch. */
  readonly createdMs: number;
}

/** The facts about `pod` for the instance that has `uid`. */
export function viewPod(pod: Pod, uid: string): PodView {
  const { metadata, status = {} } = pod;
  const controller = controllerOf(pod);
  const isTerminating = metadata.deletionTimestamp !== undefined;
  const isOver = status.phase === 'Failed' || status.phase === 'Succeeded';
  return {
    name: metadata.name,
    uid: metadata.uid,
    component: metadata.labels?.[roleLabels.component] ?? '',
    revision: metadata.labels?.[roleLabels.revision] ?? '',
    restarts: Number(metadata.labels?.[roleLabels.restarts] ?? 0) || 0,
    owner: controller === undefined ? 'nobody' : controller.uid === uid ? 'ours' : 'other',
    isTerminating,
    isReady: !isTerminating && !isOver && isTrue(pod, 'Ready'),
    wasRestarted: status.phase === 'Failed' || countRestarts(pod) > 0,
    isOver,
    createdMs: Date.parse(metadata.creationTimestamp),
  };
}

function isTrue({ status }: Pod, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
}

/**
 * How often containers were started again. Sidecars count (KEP-753); other init containers don't, because they may need more
 * than one try.
 */
function countRestarts({ spec, status = {} }: Pod): number {
  const { containerStatuses = [], initContainerStatuses = [] } = status;
  const sidecars = new Set(
    (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const running = [...containerStatuses, ...initContainerStatuses.filter(({ name }) => sidecars.has(name))];
  return running.reduce((sum, { restartCount = 0 }: ContainerStatus) => sum + restartCount, 0);
}
