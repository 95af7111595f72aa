import { conditionTypes, roleLabels } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceStatus } from '../../api/index.ts';
import { dropCondition, setCondition } from '../../kube/index.ts';
import type { Condition, Finding, Reason } from '../../kube/index.ts';
import { selectorOfInstance } from '../../workload/role/index.ts';
import type { DesiredPod } from './pods.ts';
import type { PodView } from './pod-view.ts';

/** The facts about an instance that {@link decideStatus} needs. */
export interface StatusSituation {
  readonly instance: RoleInstance;
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
export function decideStatus(situation: StatusSituation): RoleInstanceStatus {
  const { instance, desired, lacking, restarting, now } = situation;
  const before = instance.status ?? {};
  const ours = situation.pods.filter(({ owner }) => owner === 'ours');
  const byName = new Map(ours.map((pod) => [pod.name, pod]));
  const there = desired.flatMap((each) => byName.get(each.name) ?? []).filter(({ isTerminating }) => !isTerminating);
  const revisions = new Map(desired.map(({ name, revision }) => [name, revision]));
  const isUpdated = (pod: PodView): boolean => revisions.get(pod.name) === pod.revision;
  const ready = there.filter((pod) => pod.isReady && isUpdated(pod));
  const isReady = ready.length === desired.length && ours.length === desired.length;
  const generation = { observedGeneration: instance.metadata.generation };
  const findings: Finding[] = [
    {
      ...{ type: conditionTypes.allocated, ...generation },
      ...(lacking === undefined
        ? { status: 'True', reason: 'Allocated', message: 'all ports have their numbers' }
        : { status: 'False', ...lacking }),
    },
    {
      ...{ type: conditionTypes.ready, ...generation },
      ...(isReady
        ? { status: 'True', reason: 'PodsReady', message: 'all pods are ready' }
        : { status: 'False', reason: 'PodsNotReady', message: unready(desired, ready) }),
    },
    { ...{ type: conditionTypes.progressing, ...generation }, ...progress(situation, there.filter(isUpdated).length) },
    ...(restarting === undefined
      ? []
      : [{ type: conditionTypes.restarting, status: 'True' as const, ...generation, ...restarting }]),
  ];
  const said = findings.reduce<readonly Condition[]>(
    (conditions, finding) => setCondition(conditions, finding, now),
    restarting === undefined
      ? dropCondition(before.conditions ?? [], conditionTypes.restarting)
      : (before.conditions ?? []),
  );
  const revision = instance.metadata.labels?.[roleLabels.revision];
  const isDone = there.filter(isUpdated).length === desired.length;
  return {
    ...before,
    replicas: there.length,
    readyReplicas: ready.length,
    updatedReplicas: there.filter(isUpdated).length,
    ...(isDone && revision !== undefined ? { revision } : {}),
    selector: selectorOfInstance(instance),
    components: instance.spec.components.map(({ name }) => ({
      name,
      replicas: there.filter(({ component }) => component === name).length,
      readyReplicas: ready.filter(({ component }) => component === name).length,
    })),
    ...generation,
    conditions: [...said] as NonNullable<RoleInstanceStatus['conditions']>,
  };
}

function unready(desired: readonly DesiredPod[], ready: readonly PodView[]): string {
  const names = new Set(ready.map(({ name }) => name));
  const missing = desired.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  const which = missing.length === 0 ? '' : `; not ${missing.slice(0, 3).join(', ')}`;
  return `${ready.length} of ${desired.length} pods are ready${which}`;
}

function progress(
  { desired, obstacle, lacking }: StatusSituation,
  updated: number,
): Pick<Finding, 'status' | 'reason' | 'message'> {
  if (obstacle !== undefined) return { status: 'False', ...obstacle };
  if (updated === desired.length) {
    return { status: 'False', reason: 'Complete', message: 'every pod is there and of its template' };
  }
  const because = lacking === undefined ? '' : `; waiting for ports: ${lacking.message}`;
  const message = `${updated} of ${desired.length} pods are there and of their template${because}`;
  return { status: 'True', reason: 'MakingPods', message };
}
