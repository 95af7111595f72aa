import { roleLabels } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import type { ContainerStatus, Draft, Pod } from '../../kube/index.ts';
import { podRevision } from '../../roles/index.ts';
import { controllerOf } from '../../workload/index.ts';
import { numbersOfPod, podFor, podName, resolveReferences, roleOf } from '../../workload/role/index.ts';
import type { ComponentPorts, ReferredNumbers, RoleLookup, RoleNumbers } from '../../workload/role/index.ts';

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

/** A pod that an instance is to have. */
export interface DesiredPod {
  readonly name: string;
  readonly component: string;
  readonly index: number;
  /** The revision of its component's current template. */
  readonly revision: string;
  /** Whether every number that the pod needs is there. */
  readonly hasNumbers: boolean;
}

/** The facts that the pods of an instance are made of. */
interface DesiredSituation {
  readonly instance: RoleInstance;
  readonly components: readonly ComponentPorts[];
  readonly numbers: RoleNumbers;
  /** Finds the numbers of the roles that the instance refers to. */
  readonly lookup: RoleLookup;
}

/** A pod that an instance is to have, with a function that makes it. */
interface DesiredDraft extends DesiredPod {
  /** Makes the pod to create. @param labels further labels */
  readonly draft: (labels: Readonly<Record<string, string>>) => Draft<Pod>;
}

/** The pods that an instance is to have, and the reference that keeps some of them from being created. */
export interface DesiredPods {
  readonly pods: readonly DesiredDraft[];
  /** A reference that can't be resolved: because it is wrong, or because the referred role has no numbers yet. */
  readonly reference: Exclude<ReferredNumbers, { readonly kind: 'numbers' }> | undefined;
}

/** Works out the pods of an instance. Pure. */
export function desiredPodsOf({ instance, components, numbers, lookup }: DesiredSituation): DesiredPods {
  const referrer = { role: roleOf(instance), components, numbers };
  const pods: DesiredDraft[] = [];
  const open: Exclude<ReferredNumbers, { readonly kind: 'numbers' }>[] = [];
  for (const ports of components) {
    const { component } = ports;
    const referred = resolveReferences(ports, referrer, lookup);
    if (referred.kind !== 'numbers') open.push(referred);
    const revision = podRevision(component);
    for (let index = 0; index < component.size; index++) {
      const podNumbers = numbersOfPod(ports, index, numbers);
      const isComplete = podNumbers !== undefined && referred.kind === 'numbers';
      pods.push({
        name: podName(instance.metadata.name, component.name, index),
        component: component.name,
        index,
        revision,
        hasNumbers: isComplete,
        draft: (labels) => {
          const parts = { ports, index, numbers: podNumbers ?? new Map(), labels };
          return podFor(instance, { ...parts, referred: referred.kind === 'numbers' ? referred.numbers : new Map() });
        },
      });
    }
  }
  return { pods, reference: open.find(({ kind }) => kind === 'fault') ?? open[0] };
}
