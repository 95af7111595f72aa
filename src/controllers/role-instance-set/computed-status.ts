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

/** What the reconciler gathered about a set. */
export interface Found {
  readonly owned: OwnedInstances;
  readonly plan: RevisionPlan;
  readonly ports: Omit<PortsOfSet, 'annotations'>;
  readonly holdings: Pick<Holdings, 'numbersOf'>;
  readonly nowMs: number;
}

/** The status of a set, and the Event that goes with it. */
export interface ComputedStatus {
  readonly status: RoleInstanceSetStatus;
  /** Why the set lacks ports or can't proceed; undefined when the status said so before. */
  readonly note: EventNote | undefined;
}

/** Computes the status of a set from its ports, its revisions and the statuses of its instances. Pure. */
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

/** The Event about a condition that is false for another reason than the `usual` one; undefined when `before` said the same. */
function whatIsNew(before: Condition | undefined, said: Condition | undefined, usual: string): EventNote | undefined {
  if (said?.status !== 'False' || said.reason === usual) return undefined;
  const { reason, message } = said;
  return before?.reason === reason && before.message === message ? undefined : { type: 'Warning', reason, message };
}

/** How many of its own (PodScoped) numbers an instance lacks. */
function missingOf({ metadata, spec }: RoleInstance, holdings: Pick<Holdings, 'numbersOf'>): number {
  const read = portsOfComponents(spec.components);
  if (!read.ok) return 0;
  const { namespace, name, uid } = metadata;
  const numbers = holdings.numbersOf({ kind: 'RoleInstance', namespace, name }, uid);
  return podScopedRequests(read.value).reduce((sum, port) => (numbers.has(port.name) ? sum : sum + port.count), 0);
}

/** Why an instance lacks ports, by its own status; nothing while it only waits for its numbers. */
function refusalOf({ status }: RoleInstance): { readonly refusal?: Reason } {
  const allocated = findCondition(status?.conditions, conditionTypes.allocated);
  return allocated?.status !== 'False' || allocated.reason === 'Pending' ? {} : { refusal: allocated };
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
