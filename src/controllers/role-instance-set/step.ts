import type { RoleInstance, RoleInstanceSet } from '../../api/index.ts';
import type { Draft } from '../../kube/index.ts';
import type { RoleIndex } from '../../roles/index.ts';
import { instanceName } from '../../workload/role/index.ts';
import { newInstance, withTemplate } from './new-instance.ts';
import type { NamedTemplate } from './new-instance.ts';
import { memberOf } from './gather.ts';
import type { OwnedInstances } from './gather.ts';
import { templateIn } from './revisions.ts';
import type { RevisionPlan } from './revisions.ts';
import { decideRollout, revisionFor } from './rollout.ts';
import { decideScale } from './scale.ts';
import { newNames } from './suffixes.ts';

/** The facts about a set that {@link planStep} needs. */
export interface StepSituation {
  readonly set: RoleInstanceSet;
  readonly plan: RevisionPlan;
  readonly owned: OwnedInstances;
  readonly nowMs: number;
}

/** The changes of the instances of a set, and the Event about them. */
export interface Step {
  readonly create: readonly Draft<RoleInstance>[];
  readonly remove: readonly RoleInstance[];
  readonly replace: readonly RoleInstance[];
  /** Undefined when nothing changes. */
  readonly note: { readonly reason: string; readonly message: string } | undefined;
}

/** Decides which instances to create, to delete and to replace. Writes nothing. */
export function planStep(index: RoleIndex, { set, plan, owned, nowMs }: StepSituation): Step {
  const { replicas, identity, podManagementPolicy, updateStrategy } = set.spec;
  const members = [...owned.members.values()].map((instance) => memberOf(instance, set, nowMs));
  const templates = templatesOf(index, set, plan);
  const scale = decideScale({ identity, podManagementPolicy, replicas, updateRevision: plan.update }, members);
  const going = new Set(scale.remove.map(({ name }) => name));
  const staying = members.filter(({ name }) => !going.has(name));
  const rollout = decideRollout({ replicas, updateRevision: plan.update, ...updateStrategy }, staying);
  const create = newInstances(set, scale, (place) => templates(revisionFor(place, updateStrategy, plan)), {
    isTaken: (name) => owned.members.has(name) || hasRemains(index, set, name),
    count: staying.length,
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
function templatesOf(index: RoleIndex, { metadata, spec }: RoleInstanceSet, plan: RevisionPlan) {
  const kept = new Map(
    index.revisionsLabelled(metadata.namespace, metadata.name).map((revision) => [revision.metadata.name, revision]),
  );
  return (revision: string): NamedTemplate => {
    const template = revision === plan.update ? undefined : templateIn(kept.get(revision));
    return template === undefined ? { revision: plan.update, template: spec.template } : { revision, template };
  };
}

function newInstances(
  set: RoleInstanceSet,
  scale: ReturnType<typeof decideScale>,
  templateFor: (place: number) => NamedTemplate,
  { isTaken, count }: { readonly isTaken: (name: string) => boolean; readonly count: number },
): readonly Draft<RoleInstance>[] {
  const { name, uid } = set.metadata;
  return [
    ...scale.ordinals.map((ordinal) =>
      newInstance(set, templateFor(ordinal), { name: instanceName(name, ordinal), ordinal }),
    ),
    ...newNames({ name, uid }, scale.count, isTaken).map((each, at) =>
      newInstance(set, templateFor(count + at), { name: each, ordinal: undefined }),
    ),
  ];
}

/** Whether pods of an earlier instance of that name are still there. */
function hasRemains(index: RoleIndex, { metadata: { namespace } }: RoleInstanceSet, name: string): boolean {
  return index.podsOfInstance(namespace, name).length > 0;
}

function noteOf({ create, remove, replace }: Omit<Step, 'note'>): Step['note'] {
  const names = (objects: readonly { readonly metadata: { readonly name?: string } }[]): string =>
    `${objects
      .slice(0, 3)
      .map(({ metadata }) => metadata.name ?? '')
      .join(', ')}${objects.length > 3 ? `, … (${objects.length})` : ''}`;
  const told = [
    ...(create.length === 0 ? [] : [`created ${names(create)}`]),
    ...(remove.length === 0 ? [] : [`deleted ${names(remove)}`]),
    ...(replace.length === 0 ? [] : [`gave the new template to ${names(replace)}`]),
  ];
  if (told.length === 0) return undefined;
  return { reason: create.length + remove.length > 0 ? 'Scaled' : 'RollingUpdate', message: told.join('; ') };
}
