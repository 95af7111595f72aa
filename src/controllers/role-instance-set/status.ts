import { conditionTypes } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceSet, RoleInstanceSetStatus } from '../../api/index.ts';
import { findCondition, secondTime } from '../../kube/index.ts';
import { ALL_ALLOCATED, conditionsOf, firstThree, roleNameOf } from '../../roles/index.ts';
import type { Holdings, ConditionState } from '../../roles/index.ts';
import { podScopedRequests, portsOfComponents, selectorOfSet } from '../../workload/role/index.ts';
import { busyIn, memberOf, restartingIn } from './gather.ts';
import type { Member, OwnedInstances } from './gather.ts';
import type { SetPorts } from './ports.ts';
import type { RevisionPlan } from './revisions.ts';
import type { Reason } from '../../kube/index.ts';

/** The facts about a set that {@link decideStatus} needs. */
export interface StatusSituation {
  readonly owned: OwnedInstances;
  readonly plan: RevisionPlan;
  readonly ports: Omit<SetPorts, 'annotations'>;
  readonly holdings: Pick<Holdings, 'numbersOf'>;
  readonly nowMs: number;
}

/** Decides the status of a set from its ports, its revisions and the statuses of its instances. Writes nothing. */
export function decideStatus(
  set: RoleInstanceSet,
  { owned, plan, ports, holdings, nowMs }: StatusSituation,
): RoleInstanceSetStatus {
  const instances = [...owned.members.values()];
  const members = instances.map((instance) => memberOf(instance, set, nowMs));
  const live = members.filter(({ isTerminating }) => !isTerminating);
  const updated = live.filter(({ revision }) => revision === plan.update).length;
  const available = live.filter(({ isAvailable }) => isAvailable).length;
  const restarting = restartingIn(instances);
  const obstacle = ports.obstacle ?? obstacleOf(instances);
  const findings = {
    allocated: allocation([needOfSet(set, ports), ...instances.map((instance) => needOf(instance, holdings))]),
    ready: readiness(set, members, available),
    progressing: progress(set, { there: members.length, updated, busy: busyIn(instances), obstacle }),
    restarting:
      restarting.length === 0
        ? undefined
        : { reason: 'PodRestarted', message: `all pods are replaced of ${firstThree(restarting)}` },
  };
  return {
    ...set.status,
    replicas: live.length,
    readyReplicas: available,
    updatedReplicas: updated,
    currentRevision: plan.current,
    updateRevision: plan.update,
    selector: selectorOfSet(set),
    observedGeneration: set.metadata.generation,
    conditions: conditionsOf(set, findings, secondTime(nowMs)),
  };
}

/** What a set or one of its instances lacks. */
interface PortNeed {
  /** The name of the set or the instance. */
  readonly name: string;
  /** How many of the wanted numbers are missing. */
  readonly missing: number;
  /** Why ports are missing. A reference may also be wrong though no number is missing. */
  readonly refusal: Reason | undefined;
}

function needOfSet({ metadata }: RoleInstanceSet, { obstacle, lacking, missing }: StatusSituation['ports']): PortNeed {
  return { name: metadata.name, missing, refusal: obstacle ?? lacking };
}

/** What an instance lacks: of its own (PodScoped) numbers, and by its own status. */
function needOf(instance: RoleInstance, holdings: StatusSituation['holdings']): PortNeed {
  const { metadata, status, spec } = instance;
  const read = portsOfComponents(spec.components);
  const numbers = holdings.numbersOf(roleNameOf(instance), metadata.uid);
  const requests = read.ok ? podScopedRequests(read.value) : [];
  const missing = requests.reduce((sum, { name, count }) => (numbers.has(name) ? sum : sum + count), 0);
  const allocated = findCondition(status?.conditions, conditionTypes.allocated);
  const isRefused = allocated?.status === 'False' && allocated.reason !== 'Pending';
  return { name: metadata.name, missing, refusal: isRefused ? allocated : undefined };
}

/** Why the first of `instances` that can't proceed doesn't; undefined when all can. */
function obstacleOf(instances: readonly RoleInstance[]): Reason | undefined {
  for (const { metadata, status } of instances) {
    const progressing = findCondition(status?.conditions, conditionTypes.progressing);
    if (progressing?.status !== 'False' || progressing.reason === 'Complete') continue;
    return { reason: progressing.reason, message: `${metadata.name}: ${progressing.message}` };
  }
  return undefined;
}

/** Whether a set and all of its instances have their ports, and how many numbers are missing. */
function allocation(needs: readonly PortNeed[]): ConditionState {
  const refused = needs.flatMap(({ name, refusal }) => (refusal === undefined ? [] : [{ name, ...refusal }]));
  const [first] = refused;
  if (first !== undefined) {
    const missing = needs.reduce((sum, need) => sum + need.missing, 0);
    const others = refused.length === 1 ? '' : ` (and ${refused.length - 1} more)`;
    const count = missing === 0 ? '' : `${missing} ${missing === 1 ? 'number is' : 'numbers are'} missing: `;
    return { status: 'False', reason: first.reason, message: `${count}${first.name}: ${first.message}${others}` };
  }
  const waiting = needs.filter(({ missing }) => missing > 0).map(({ name }) => name);
  if (waiting.length === 0) return ALL_ALLOCATED;
  const message = `${waiting.length} wait for their numbers: ${firstThree(waiting)}`;
  return { status: 'False', reason: 'Pending', message };
}

function readiness(
  { spec: { replicas } }: RoleInstanceSet,
  members: readonly Member[],
  available: number,
): ConditionState {
  if (available >= replicas) return { status: 'True', reason: 'InstancesReady', message: 'all instances are ready' };
  const waitedFor = members.filter(({ isAvailable }) => !isAvailable).map(({ name }) => name);
  const names = waitedFor.length === 0 ? '' : `; not yet ${firstThree(waitedFor)}`;
  const message = `${available} of ${replicas} instances are ready${names}`;
  return { status: 'False', reason: 'InstancesNotReady', message };
}

/** How far a set has come. */
interface Progress {
  /** How many instances there are. */
  readonly there: number;
  readonly updated: number;
  /** The names of the instances that don't have all pods of their current template yet. */
  readonly busy: readonly string[];
  /** Why the set can't proceed until somebody changes something; undefined when it can. */
  readonly obstacle: Reason | undefined;
}

function progress({ spec }: RoleInstanceSet, { there, updated, busy, obstacle }: Progress): ConditionState {
  const { replicas, updateStrategy } = spec;
  if (obstacle !== undefined) return { status: 'False', reason: obstacle.reason, message: obstacle.message };
  if (there !== replicas) {
    return { status: 'True', reason: 'Scaling', message: `${there} instances are there, ${replicas} are wanted` };
  }
  const due = Math.max(0, replicas - updateStrategy.partition);
  if (updated < due) {
    const message = `${updated} of ${due} instances have the new template`;
    return { status: 'True', reason: 'RollingUpdate', message };
  }
  if (busy.length > 0) {
    return { status: 'True', reason: 'MakingPods', message: `pods are made or replaced of ${firstThree(busy)}` };
  }
  return { status: 'False', reason: 'Complete', message: 'every instance is there and has its template' };
}
