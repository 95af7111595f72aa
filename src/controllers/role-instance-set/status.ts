import { conditionTypes } from '../../api/index.ts';
import type { RoleInstanceSet, RoleInstanceSetStatus } from '../../api/index.ts';
import { dropCondition, setCondition } from '../../kube/index.ts';
import type { Condition, Finding } from '../../kube/index.ts';
import { selectorOfSet } from '../../workload/role/index.ts';
import type { Member } from './member.ts';

/** The facts about a set that {@link decideStatus} needs. */
export interface StatusSituation {
  readonly set: RoleInstanceSet;
  readonly members: readonly Member[];
  /** The names of the instances whose pods are all being replaced. */
  readonly restarting: readonly string[];
  /** The names of the instances that don't have all pods of their current template yet. */
  readonly busy: readonly string[];
  readonly revisions: { readonly current: string; readonly update: string };
  /** The condition `Allocated`. */
  readonly allocated: Finding;
  /** Why the set can't proceed until somebody changes something; undefined when it can. */
  readonly obstacle: { readonly reason: string; readonly message: string } | undefined;
  /** The time now, as `metav1.Time`. */
  readonly now: string;
}

/** Decides the status of a set. Pure. */
export function decideStatus(situation: StatusSituation): RoleInstanceSetStatus {
  const { set, members, restarting, revisions, allocated, now } = situation;
  const live = members.filter(({ isTerminating }) => !isTerminating);
  const updated = live.filter(({ revision }) => revision === revisions.update).length;
  const available = live.filter(({ isAvailable }) => isAvailable).length;
  const findings = [allocated, readiness(situation, available), progress(situation, updated)];
  const said = findings.reduce<readonly Condition[]>(
    (conditions, finding) => setCondition(conditions, finding, now),
    set.status?.conditions ?? [],
  );
  const generation = { observedGeneration: set.metadata.generation };
  const restarts: Finding = {
    ...{ type: conditionTypes.restarting, status: 'True', reason: 'PodRestarted', ...generation },
    message: `all pods are replaced of ${restarting.slice(0, 3).join(', ')}`,
  };
  const conditions =
    restarting.length === 0 ? dropCondition(said, conditionTypes.restarting) : setCondition(said, restarts, now);
  return {
    ...set.status,
    replicas: live.length,
    readyReplicas: available,
    updatedReplicas: updated,
    currentRevision: revisions.current,
    updateRevision: revisions.update,
    selector: selectorOfSet(set),
    ...generation,
    conditions: [...conditions] as NonNullable<RoleInstanceSetStatus['conditions']>,
  };
}

function readiness({ set, members }: StatusSituation, available: number): Finding {
  const { replicas } = set.spec;
  const isReady = available >= replicas;
  const waitedFor = members.filter(({ isAvailable }) => !isAvailable).map(({ name }) => name);
  const names = waitedFor.length === 0 ? '' : `; not yet ${waitedFor.slice(0, 3).join(', ')}`;
  return {
    type: conditionTypes.ready,
    status: isReady ? 'True' : 'False',
    reason: isReady ? 'InstancesReady' : 'InstancesNotReady',
    message: isReady ? 'all instances are ready' : `${available} of ${replicas} instances are ready${names}`,
    observedGeneration: set.metadata.generation,
  };
}

function progress({ set, members, busy, obstacle }: StatusSituation, updated: number): Finding {
  const { replicas, updateStrategy } = set.spec;
  const of = { type: conditionTypes.progressing, observedGeneration: set.metadata.generation };
  if (obstacle !== undefined) return { ...of, status: 'False', ...obstacle };
  const due = Math.max(0, replicas - updateStrategy.partition);
  if (members.length !== replicas) {
    return {
      ...of,
      status: 'True',
      reason: 'Scaling',
      message: `${members.length} instances are there, ${replicas} are wanted`,
    };
  }
  if (updated < due) {
    return {
      ...of,
      status: 'True',
      reason: 'RollingUpdate',
      message: `${updated} of ${due} instances have the new template`,
    };
  }
  if (busy.length > 0) {
    const message = `pods are made or replaced of ${busy.slice(0, 3).join(', ')}`;
    return { ...of, status: 'True', reason: 'MakingPods', message };
  }
  return { ...of, status: 'False', reason: 'Complete', message: 'every instance is there and has its template' };
}
