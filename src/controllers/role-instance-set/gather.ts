import { conditionTypes, roleLabels } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceSet } from '../../api/index.ts';
import { findCondition, isConditionTrue } from '../../kube/index.ts';
import type { RoleIndex } from '../../roles/index.ts';
import { controllerOf } from '../../workload/index.ts';
import { ordinalIn } from '../../workload/role/index.ts';
import type { Member } from './member.ts';

/** The instances that have to do with a set. */
export interface OwnedInstances {
  /** Controlled by it and labelled so, by name. */
  readonly members: ReadonlyMap<string, RoleInstance>;
  /** Labelled so and controlled by nobody: to be taken over. */
  readonly orphans: readonly RoleInstance[];
  /** Controlled by it and labelled otherwise by now: to be let go. */
  readonly strays: readonly RoleInstance[];
  /** Names that instances of others have. */
  readonly taken: ReadonlySet<string>;
}

/** Sorts the instances around `set` by label and controller. */
export function gatherOwned(index: RoleIndex, { metadata, spec }: RoleInstanceSet): OwnedInstances {
  const { namespace, name, uid } = metadata;
  const labelled = index.instancesLabelled(namespace, name);
  const isOurs = (instance: RoleInstance): boolean => controllerOf(instance)?.uid === uid;
  const isFree = (instance: RoleInstance): boolean =>
    controllerOf(instance) === undefined && instance.metadata.deletionTimestamp === undefined;
  const fits = (instance: RoleInstance): boolean =>
    spec.identity === 'Stateless' || ordinalIn(name, instance.metadata.name) !== undefined;
  const isLabelled = ({ metadata: { labels } }: RoleInstance): boolean => labels?.[roleLabels.roleInstanceSet] === name;
  return {
    members: new Map(labelled.filter(isOurs).map((instance) => [instance.metadata.name, instance])),
    orphans: labelled.filter((instance) => isFree(instance) && fits(instance)),
    strays: index.instancesControlledBy(uid).filter((instance) => !isLabelled(instance)),
    taken: new Set(labelled.filter((instance) => !isOurs(instance)).map((instance) => instance.metadata.name)),
  };
}

/** What the decisions need to know of `instance`. */
export function memberOf(instance: RoleInstance, { metadata, spec }: RoleInstanceSet, nowMs: number): Member {
  const { name, uid, creationTimestamp, deletionTimestamp, labels } = instance.metadata;
  const isReady = isReadyNow(instance);
  return {
    name,
    uid,
    ordinal: spec.identity === 'Stateful' ? ordinalIn(metadata.name, name) : undefined,
    created: creationTimestamp,
    revision: labels?.[roleLabels.revision] ?? '',
    isTerminating: deletionTimestamp !== undefined,
    isReady,
    isAvailable: isReady && readySinceMs(instance) + spec.minReadySeconds * 1000 <= nowMs,
  };
}

/** When the first of `instances` that is ready becomes available, in milliseconds from now; undefined if none does. */
export function nextAvailableMs(
  instances: Iterable<RoleInstance>,
  { spec }: RoleInstanceSet,
  nowMs: number,
): number | undefined {
  const waits = [...instances]
    .filter(isReadyNow)
    .map((instance) => readySinceMs(instance) + spec.minReadySeconds * 1000 - nowMs)
    .filter((wait) => wait > 0);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/** Names of those whose pods are all being replaced. */
export function restartingIn(instances: Iterable<RoleInstance>): readonly string[] {
  return [...instances]
    .filter(({ status }) => isConditionTrue(status?.conditions, conditionTypes.restarting))
    .map(({ metadata }) => metadata.name);
}

/** Names of those that haven't all of their pods yet, of the template that they have now. */
export function busyIn(instances: Iterable<RoleInstance>): readonly string[] {
  const isComplete = ({ metadata, status }: RoleInstance): boolean =>
    status?.observedGeneration === metadata.generation &&
    findCondition(status.conditions, conditionTypes.progressing)?.status === 'False';
  return [...instances].filter((instance) => !isComplete(instance)).map(({ metadata }) => metadata.name);
}

/** What its status says is about an earlier spec as long as its controller hasn't seen this one. */
function isReadyNow({ metadata, status }: RoleInstance): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    status?.observedGeneration === metadata.generation &&
    isConditionTrue(status.conditions, conditionTypes.ready)
  );
}

function readySinceMs({ status }: RoleInstance): number {
  return Date.parse(findCondition(status?.conditions, conditionTypes.ready)?.lastTransitionTime ?? '');
}
