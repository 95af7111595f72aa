import { conditionTypes } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceSet, RoleInstanceSetStatus } from '../../api/index.ts';
import { findCondition, secondTime } from '../../kube/index.ts';
import type { Condition, EventNote, Reason } from '../../kube/index.ts';
import type { Holdings } from '../../roles/index.ts';
import { podScopedRequests, portsOfComponents } from '../../workload/role/index.ts';
import { busyIn, memberOf, restartingIn } from './gather.ts';
import type { OwnedInstances } from './gather.ts';
import { judgePorts } from './ports.ts';
import type { RevisionPlan } from './revisions.ts';
import type { PortsOfSet } from './set-ports.ts';
import { decideStatus } from './status.ts';

/** What a look at a set came upon. */
export interface Found {
  readonly owned: OwnedInstances;
  readonly plan: RevisionPlan;
  readonly ports: Omit<PortsOfSet, 'annotations'>;
  readonly holdings: Pick<Holdings, 'numbersOf'>;
  readonly nowMs: number;
}

/** What is said of a set. */
export interface ComputedStatus {
  readonly status: RoleInstanceSetStatus;
  /** Why it hasn't its ports, or can't get on, if it didn't say so before. */
  readonly note: EventNote | undefined;
}

/** Gathers what a set and its instances say of themselves, and decides what the set says. */
export function computeStatus(set: RoleInstanceSet, { owned, plan, ports, holdings, nowMs }: Found): ComputedStatus {
  const { name, generation } = set.metadata;
  const { obstacle, missing } = ports;
  const refusal = obstacle ?? ports.lacking;
  const instances = [...owned.members.values()];
  const needs = [
    { who: name, missing, ...(refusal === undefined ? {} : { refusal }) },
    ...instances.map((instance) => ({
      who: instance.metadata.name,
      missing: missingOf(instance, holdings),
      ...refusalOf(instance),
    })),
  ];
  const allocated = judgePorts(needs, generation);
  const status = decideStatus({
    set,
    members: instances.map((instance) => memberOf(instance, set, nowMs)),
    restarting: restartingIn(instances),
    busy: busyIn(instances),
    revisions: plan,
    allocated,
    obstacle: obstacle ?? obstacleOf(instances),
    now: secondTime(nowMs),
  });
  const noteOf = (type: string, usual: string): EventNote | undefined =>
    whatIsNew(findCondition(set.status?.conditions, type), findCondition(status.conditions, type), usual);
  return {
    status,
    note: noteOf(conditionTypes.allocated, 'Pending') ?? noteOf(conditionTypes.progressing, 'Complete'),
  };
}

/** What is told of a condition that is false, for another reason than the `usual` one and than `before`. */
function whatIsNew(before: Condition | undefined, said: Condition | undefined, usual: string): EventNote | undefined {
  if (said?.status !== 'False' || said.reason === usual) return undefined;
  const { reason, message } = said;
  return before?.reason === reason && before.message === message ? undefined : { type: 'Warning', reason, message };
}

/** How many numbers an instance hasn't of its own. */
function missingOf({ metadata, spec }: RoleInstance, holdings: Pick<Holdings, 'numbersOf'>): number {
  const read = portsOfComponents(spec.components);
  if (!read.ok) return 0;
  const { namespace, name, uid } = metadata;
  const numbers = holdings.numbersOf({ kind: 'RoleInstance', namespace, name }, uid);
  return podScopedRequests(read.value).reduce((sum, port) => (numbers.has(port.name) ? sum : sum + port.count), 0);
}

/** Why an instance has not all of its ports, as it says. */
function refusalOf({ status }: RoleInstance): { readonly refusal?: Reason } {
  const allocated = findCondition(status?.conditions, conditionTypes.allocated);
  return allocated?.status !== 'False' || allocated.reason === 'Pending' ? {} : { refusal: allocated };
}

/** What keeps the first of `instances` that can't get on. */
function obstacleOf(instances: readonly RoleInstance[]): Reason | undefined {
  for (const { metadata, status } of instances) {
    const progressing = findCondition(status?.conditions, conditionTypes.progressing);
    if (progressing?.status !== 'False' || progressing.reason === 'Complete') continue;
    return { reason: progressing.reason, message: `${metadata.name}: ${progressing.message}` };
  }
  return undefined;
}
