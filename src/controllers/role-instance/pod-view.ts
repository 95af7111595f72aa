import { roleLabels } from '../../api/index.ts';
import type { ContainerStatus, Pod } from '../../kube/index.ts';
import { controllerOf } from '../../workload/index.ts';

/** What the decisions need to know of a pod that bears the instance's label. */
export interface PodView {
  readonly name: string;
  readonly uid: string;
  readonly component: string;
  /** Which template it was made of. */
  readonly revision: string;
  /** How often the instance had been restarted when it was made. */
  readonly restarts: number;
  /** Whether the instance controls it; somebody else may, or nobody. */
  readonly owner: 'ours' | 'nobody' | 'other';
  readonly isTerminating: boolean;
  readonly isReady: boolean;
  /** It failed, or one of its containers was started again. */
  readonly wasRestarted: boolean;
  /** It has finished or failed: nothing of it runs any more. */
  readonly isOver: boolean;
  readonly createdMs: number;
}

/** Looks at `pod` with the eyes of the instance that has `uid`. */
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

/** Init containers that run beside the others count; those that run before them may need more than one try. */
function countRestarts({ spec, status = {} }: Pod): number {
  const { containerStatuses = [], initContainerStatuses = [] } = status;
  const sidecars = new Set(
    (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const running = [...containerStatuses, ...initContainerStatuses.filter(({ name }) => sidecars.has(name))];
  return running.reduce((sum, { restartCount = 0 }: ContainerStatus) => sum + restartCount, 0);
}
