import { countOf } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceSet } from '../../api/index.ts';
import type { ControllerRevision, Draft, Reason } from '../../kube/index.ts';
import { firstThree } from '../../roles/index.ts';
import { memberOf } from './gather.ts';
import type { Member, OwnedInstances } from './gather.ts';
import { newInstances, withTemplate } from './new-instance.ts';
import type { NamedTemplate } from './new-instance.ts';
import { templateIn } from './revisions.ts';
import type { RevisionPlan } from './revisions.ts';

/** The facts about a set that {@link planStep} needs. */
interface StepSituation {
  readonly set: RoleInstanceSet;
  readonly plan: RevisionPlan;
  /** The revisions with the set's label. */
  readonly revisions: readonly ControllerRevision[];
  readonly owned: OwnedInstances;
  /** Whether there are pods of an instance of that name: an earlier one's may not be gone yet. */
  readonly hasPods: (instance: string) => boolean;
  readonly nowMs: number;
}

/** The changes of the instances of a set, and the Event about them. */
interface Step {
  readonly create: readonly Draft<RoleInstance>[];
  readonly remove: readonly RoleInstance[];
  readonly replace: readonly RoleInstance[];
  /** Undefined when nothing changes. */
  readonly note: Reason | undefined;
}

/** Decides which instances to create, to delete and to replace. Pure. */
export function planStep({ set, plan, revisions, owned, hasPods, nowMs }: StepSituation): Step {
  const { replicas, identity, podManagementPolicy, updateStrategy } = set.spec;
  const members = [...owned.members.values()].map((instance) => memberOf(instance, set, nowMs));
  const templates = templatesOf(set, plan, revisions);
  const scale = decideScale({ identity, podManagementPolicy, replicas, updateRevision: plan.update }, members);
  const going = new Set(scale.remove.map(({ name }) => name));
  const staying = members.filter(({ name }) => !going.has(name));
  const rollout = decideRollout({ replicas, updateRevision: plan.update, ...updateStrategy }, staying);
  const create = newInstances(set, scale, (place) => templates(revisionFor(place, updateStrategy, plan)), {
    isTaken: (name) => owned.members.has(name) || hasPods(name),
    staying: staying.length,
  }).filter(({ metadata }) => !owned.taken.has(metadata.name ?? ''));
  const remove = scale.remove.flatMap(({ name }) => owned.members.get(name) ?? []);
  const replace = rollout
    // The instance is halfway, without a component whose ports change: the second step waits until its pods are gone.
    .filter(({ revision, isReady }) => revision !== '' || isReady)
    .flatMap(({ name, revision }) => {
      const instance = owned.members.get(name);
      return instance === undefined
        ? []
        : [withTemplate(instance, templates(revision).template, templates(plan.update))];
    });
  return { create, remove, replace, note: noteOf({ create, remove, replace }) };
}

/** Gives the template of a revision; the newest template for a revision that doesn't exist any more. */
function templatesOf({ spec }: RoleInstanceSet, plan: RevisionPlan, revisions: readonly ControllerRevision[]) {
  const kept = new Map(revisions.map((revision) => [revision.metadata.name, revision]));
  return (revision: string): NamedTemplate => {
    const template = revision === plan.update ? undefined : templateIn(kept.get(revision));
    return template === undefined ? { revision: plan.update, template: spec.template } : { revision, template };
  };
}

function noteOf({ create, remove, replace }: Omit<Step, 'note'>): Reason | undefined {
  const names = (objects: readonly { readonly metadata: { readonly name?: string } }[]): string => {
    const first = firstThree(objects.map(({ metadata }) => metadata.name ?? ''));
    return objects.length > 3 ? `${first}, … (${objects.length})` : first;
  };
  const changes = [
    ...(create.length === 0 ? [] : [`created ${names(create)}`]),
    ...(remove.length === 0 ? [] : [`deleted ${names(remove)}`]),
    ...(replace.length === 0 ? [] : [`gave the new template to ${names(replace)}`]),
  ];
  if (changes.length === 0) return undefined;
  return { reason: create.length + remove.length > 0 ? 'Scaled' : 'RollingUpdate', message: changes.join('; ') };
}

/** How many instances a set wants, and in which order they are created and deleted. */
interface Scale {
  readonly identity: 'Stateful' | 'Stateless';
  readonly podManagementPolicy: 'Parallel' | 'OrderedReady';
  readonly replicas: number;
  readonly updateRevision: string;
}

/** Which instances to create and to delete. */
interface ScaleStep {
  /** The ordinals to create in a stateful set. */
  readonly ordinals: readonly number[];
  /** How many instances to create in a stateless set. */
  readonly count: number;
  readonly remove: readonly Member[];
}

const NOTHING: ScaleStep = { ordinals: [], count: 0, remove: [] };

/**
 * Decides which instances to create and to delete. With OrderedReady it is one at a time, and an instance is created only when
 * all before it are available. Pure.
 */
export function decideScale(scale: Scale, members: readonly Member[]): ScaleStep {
  return scale.identity === 'Stateful' ? stateful(scale, members) : stateless(scale, members);
}

function stateful({ podManagementPolicy, replicas }: Scale, members: readonly Member[]): ScaleStep {
  const byOrdinal = new Map(members.map((member) => [member.ordinal, member]));
  const wanted = Array.from({ length: replicas }, (_, ordinal) => ordinal);
  const surplus = members.filter(({ ordinal }) => ordinal === undefined || ordinal >= replicas);
  const going = surplus.toSorted(byPlace).toReversed();
  const missing = wanted.filter((ordinal) => !byOrdinal.has(ordinal));
  if (podManagementPolicy === 'Parallel') {
    return { ordinals: missing, count: 0, remove: going.filter(({ isTerminating }) => !isTerminating) };
  }
  const first = wanted.find((ordinal) => byOrdinal.get(ordinal)?.isAvailable !== true);
  if (first !== undefined) return byOrdinal.has(first) ? NOTHING : { ...NOTHING, ordinals: [first] };
  return removeOne(going);
}

function stateless(scale: Scale, members: readonly Member[]): ScaleStep {
  const { podManagementPolicy, replicas, updateRevision } = scale;
  const live = members.filter(({ isTerminating }) => !isTerminating);
  const isOrdered = podManagementPolicy === 'OrderedReady';
  if (live.length < replicas) {
    const isBlocked = isOrdered && live.some(({ isAvailable }) => !isAvailable);
    const count = isBlocked ? 0 : isOrdered ? 1 : replicas - live.length;
    return { ...NOTHING, count };
  }
  const going = live.toSorted(byDeletionOrder(updateRevision)).slice(0, live.length - replicas);
  if (!isOrdered) return { ...NOTHING, remove: going };
  return members.length > live.length ? NOTHING : removeOne(going);
}

/** Removes the first of `going`, unless one of them is still terminating. */
function removeOne(going: readonly Member[]): ScaleStep {
  return going.some(({ isTerminating }) => isTerminating) ? NOTHING : { ...NOTHING, remove: going.slice(0, 1) };
}

/** Sorts instances as they are deleted: first those that aren't ready or available, then old templates, then the youngest. */
function byDeletionOrder(updateRevision: string): (left: Member, right: Member) => number {
  const rank = ({ isReady, isAvailable, revision }: Member): number =>
    (isReady ? 4 : 0) + (isAvailable ? 2 : 0) + (revision === updateRevision ? 1 : 0);
  return (left, right) => rank(left) - rank(right) || byPlace(right, left);
}

/** How a set updates its instances to a new template. */
interface Rollout {
  readonly replicas: number;
  readonly updateRevision: string;
  /** How many of the first instances keep their template. */
  readonly partition: number;
  /** A number of instances, or a percentage of them such as `10%`. */
  readonly maxUnavailable: number | string;
}

/**
 * Decides which instances get the new template now: from the last to the first, and no more at once than may be unavailable.
 * Instances that are unavailable anyway don't count, so that a template that never gets ready can be replaced. Pure.
 */
export function decideRollout(rollout: Rollout, members: readonly Member[]): readonly Member[] {
  const { replicas, updateRevision, partition } = rollout;
  const kept = members.filter(({ isTerminating, ordinal }) => !isTerminating && (ordinal ?? 0) < replicas);
  const inPlace = kept.toSorted(byPlace);
  const isOutdated = ({ revision }: Member): boolean => revision !== updateRevision;
  const candidates = inPlace.filter((member, at) => (member.ordinal ?? at) >= partition && isOutdated(member));
  const unavailable = replicas - inPlace.filter(({ isAvailable }) => isAvailable).length;
  let room = countOf(rollout.maxUnavailable, replicas) - unavailable;
  return candidates.toReversed().filter(({ isAvailable }) => !isAvailable || room-- > 0);
}

/** The revision of a new instance at `place`: before the partition the current one, from the partition on the newest. */
function revisionFor(
  place: number,
  { partition }: Pick<Rollout, 'partition'>,
  revisions: { readonly current: string; readonly update: string },
): string {
  return place < partition ? revisions.current : revisions.update;
}

/** Sorts the instances of a set by place: by ordinal, or in a stateless set from the oldest to the youngest. */
function byPlace(left: Member, right: Member): number {
  return (
    (left.ordinal ?? 0) - (right.ordinal ?? 0) ||
    left.created.localeCompare(right.created) ||
    left.name.localeCompare(right.name)
  );
}
