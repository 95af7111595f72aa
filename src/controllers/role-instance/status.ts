import { roleLabels } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceStatus } from '../../api/index.ts';
import { ALL_ALLOCATED, conditionsOf, firstThree } from '../../roles/index.ts';
import type { ConditionState } from '../../roles/index.ts';
import { selectorOfInstance } from '../../workload/role/index.ts';
import type { DesiredPod, PodView } from './gather.ts';
import type { Reason } from '../../kube/index.ts';

/** The facts about an instance that {@link decideStatus} needs. */
export interface StatusSituation {
  readonly desired: readonly DesiredPod[];
  readonly pods: readonly PodView[];
  /** Why the instance lacks ports; undefined when it has all. */
  readonly lacking: Reason | undefined;
  /** Why the instance can't proceed until somebody changes something; undefined when it can. */
  readonly obstacle: Reason | undefined;
  /** Why all pods are being replaced, or will be; undefined when they aren't. */
  readonly restarting: Reason | undefined;
  /** The time now, as `metav1.Time`. */
  readonly now: string;
}

/** Decides the status of an instance. Pure. */
export function decideStatus(instance: RoleInstance, situation: StatusSituation): RoleInstanceStatus {
  const { desired, lacking, restarting, now } = situation;
  const ours = situation.pods.filter(({ owner }) => owner === 'ours');
  const byName = new Map(ours.map((pod) => [pod.name, pod]));
  const there = desired.flatMap((each) => byName.get(each.name) ?? []).filter(({ isTerminating }) => !isTerminating);
  const revisions = new Map(desired.map(({ name, revision }) => [name, revision]));
  const isUpdated = (pod: PodView): boolean => revisions.get(pod.name) === pod.revision;
  const updated = there.filter(isUpdated);
  const ready = updated.filter((pod) => pod.isReady);
  const isReady = ready.length === desired.length && ours.length === desired.length;
  const findings = {
    allocated: lacking === undefined ? ALL_ALLOCATED : ({ status: 'False', ...lacking } as const),
    ready: isReady ? ALL_READY : unready(desired, ready),
    progressing: progress(situation, updated.length),
    restarting,
  };
  const revision = instance.metadata.labels?.[roleLabels.revision];
  const isDone = updated.length === desired.length;
  return {
    ...instance.status,
    replicas: there.length,
    readyReplicas: ready.length,
    updatedReplicas: updated.length,
    ...(isDone && revision !== undefined ? { revision } : {}),
    selector: selectorOfInstance(instance),
    components: instance.spec.components.map(({ name }) => ({
      name,
      replicas: there.filter(({ component }) => component === name).length,
      readyReplicas: ready.filter(({ component }) => component === name).length,
    })),
    observedGeneration: instance.metadata.generation,
    conditions: conditionsOf(instance, findings, now),
  };
}

const ALL_READY: ConditionState = { status: 'True', reason: 'PodsReady', message: 'all pods are ready' };

function unready(desired: readonly DesiredPod[], ready: readonly PodView[]): ConditionState {
  const names = new Set(ready.map(({ name }) => name));
  const missing = desired.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  const which = missing.length === 0 ? '' : `; not ${firstThree(missing)}`;
  const message = `${ready.length} of ${desired.length} pods are ready${which}`;
  return { status: 'False', reason: 'PodsNotReady', message };
}

function progress({ desired, obstacle, lacking }: StatusSituation, updated: number): ConditionState {
  if (obstacle !== undefined) return { status: 'False', ...obstacle };
  if (updated === desired.length) {
    return { status: 'False', reason: 'Complete', message: 'every pod is there and of its template' };
  }
  const because = lacking === undefined ? '' : `; waiting for ports: ${lacking.message}`;
  const message = `${updated} of ${desired.length} pods are there and of their template${because}`;
  return { status: 'True', reason: 'MakingPods', message };
}
