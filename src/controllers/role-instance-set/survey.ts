import { conditionTypes } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceSet, RoleInstanceSetStatus } from '../../api/index.ts';
import { findCondition, secondTime } from '../../kube/index.ts';
import type { Condition } from '../../kube/index.ts';
import { podAllocationName } from '../../roles/index.ts';
import type { RoleIndex, Said, Tale } from '../../roles/index.ts';
import { busyIn, memberOf, restartingIn } from './gather.ts';
import type { Crew } from './gather.ts';
import { judgePorts } from './ports.ts';
import type { RevisionPlan } from './revisions.ts';
import type { PortsOfSet } from './set-ports.ts';
import { decideStatus } from './status.ts';

/** What a look at a set came upon. */
export interface Found {
  readonly crew: Crew;
  readonly plan: RevisionPlan;
  readonly ports: Omit<PortsOfSet, 'annotations'>;
  readonly nowMs: number;
}

/** What is said of a set. */
export interface Survey {
  readonly status: RoleInstanceSetStatus;
  /** Why it hasn't its ports, or can't get on, if it didn't say so before. */
  readonly tale: Tale | undefined;
}

/** Gathers what a set and its instances say of themselves, and decides what the set says. */
export function survey(index: RoleIndex, set: RoleInstanceSet, { crew, plan, ports, nowMs }: Found): Survey {
  const { namespace, name, generation } = set.metadata;
  const { obstacle, allocation } = ports;
  const instances = [...crew.members.values()];
  const needs = [
    { who: name, allocation, ...(obstacle === undefined ? {} : { refusal: obstacle }) },
    ...instances.map((instance) => ({
      who: instance.metadata.name,
      allocation: index.caches.allocations.get(namespace, podAllocationName(instance.metadata.name)),
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
  const taleOf = (type: string, usual: string): Tale | undefined =>
    whatIsNew(findCondition(set.status?.conditions, type), findCondition(status.conditions, type), usual);
  return {
    status,
    tale: taleOf(conditionTypes.allocated, 'Pending') ?? taleOf(conditionTypes.progressing, 'Complete'),
  };
}

/** What is told of a condition that is false, for another reason than the `usual` one and than `before`. */
function whatIsNew(before: Condition | undefined, said: Condition | undefined, usual: string): Tale | undefined {
  if (said?.status !== 'False' || said.reason === usual) return undefined;
  const { reason, message } = said;
  return before?.reason === reason && before.message === message ? undefined : { type: 'Warning', reason, message };
}

/** Why an instance has no ports, beside what its allocation says. */
function refusalOf({ status }: RoleInstance): { readonly refusal?: Said } {
  const allocated = findCondition(status?.conditions, conditionTypes.allocated);
  return allocated?.status !== 'False' || allocated.reason === 'Pending' ? {} : { refusal: allocated };
}

/** What keeps the first of `instances` that can't get on. */
function obstacleOf(instances: readonly RoleInstance[]): Said | undefined {
  for (const { metadata, status } of instances) {
    const progressing = findCondition(status?.conditions, conditionTypes.progressing);
    if (progressing?.status !== 'False' || progressing.reason === 'Complete') continue;
    return { reason: progressing.reason, message: `${metadata.name}: ${progressing.message}` };
  }
  return undefined;
}
