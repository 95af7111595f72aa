import { conditionTypes, roleLabels } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceSet } from '../../api/index.ts';
import { findCondition, isConditionTrue } from '../../kube/index.ts';
import type { RoleIndex } from '../../roles/index.ts';
import { controllerOf } from '../../workload/index.ts';
import { ordinalIn } from '../../workload/role/index.ts';

/** The facts about an instance of a set that the decisions need. */
export interface Member {
  readonly name: string;
  readonly uid: string;
  /** The ordinal of the instance in a stateful set; undefined in a stateless one. */
  readonly ordinal: number | undefined;
  /** When the instance was created, as `metav1.Time`. */
  readonly created: string;
  /** The revision of the set's template that the instance has; empty while it is halfway to another. */
  readonly revision: string;
  readonly isTerminating: boolean;
  /** Whether every pod of the current spec exists and is ready. */
  readonly isReady: boolean;
  /** Whether the instance has been ready for the set's `minReadySeconds`. */
  readonly isAvailable: boolean;
}

/** The instances that concern a set. */
export interface OwnedInstances {
  /** The instances with the set's label that the set controls, by name. */
  readonly members: ReadonlyMap<string, RoleInstance>;
  /** Instances with the set's label without a controller: the set adopts them. */
  readonly orphans: readonly RoleInstance[];
  /** Instances that the set controls and whose label no longer names it: the set releases them. */
  readonly relabelled: readonly RoleInstance[];
  /** The names of instances with the set's label that the set doesn't control. */
  readonly taken: ReadonlySet<string>;
}

/** Finds the instances that concern `set`, by label and by controller. */
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
    relabelled: index.instancesControlledBy(uid).filter((instance) => !isLabelled(instance)),
    taken: new Set(labelled.filter((instance) => !isOurs(instance)).map((instance) => instance.metadata.name)),
  };
}

/** The facts about `instance` that the decisions need. @param nowMs milliseconds since the epoch */
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

/** In how many milliseconds the next ready instance becomes available; undefined when no instance will by itself. */
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

/** The names of the instances whose pods are all being replaced. */
export function restartingIn(instances: Iterable<RoleInstance>): readonly string[] {
  return [...instances]
    .filter(({ status }) => isConditionTrue(status?.conditions, conditionTypes.restarting))
    .map(({ metadata }) => metadata.name);
}

/** The names of the instances that don't have all pods of their current template yet. */
export function busyIn(instances: Iterable<RoleInstance>): readonly string[] {
  const isComplete = ({ metadata, status }: RoleInstance): boolean =>
    status?.observedGeneration === metadata.generation &&
    findCondition(status.conditions, conditionTypes.progressing)?.status === 'False';
  return [...instances].filter((instance) => !isComplete(instance)).map(({ metadata }) => metadata.name);
}

/** Whether an instance is ready. Until its controller has seen the current spec, its status is about an earlier one. */
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
