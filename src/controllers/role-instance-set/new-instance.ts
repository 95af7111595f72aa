import { API_VERSION, finalizers, roleLabels } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceSet } from '../../api/index.ts';
import { seededRandom } from '../../base/random.ts';
import type { Draft, OwnerReference } from '../../kube/index.ts';
import { ownerReferenceTo, shortHash } from '../../roles/index.ts';
import {
  instanceName,
  newSuffix,
  podScopedRequests,
  portsOfComponents,
  portsText,
  roleOf,
} from '../../workload/role/index.ts';
import { sharedKeys } from './ports.ts';
import type { SetTemplate } from './revisions.ts';

/** A template, and the name of its revision. */
export interface NamedTemplate {
  readonly revision: string;
  readonly template: SetTemplate;
}

/**
 * The instances that `set` creates: one for each of `ordinals`, and `count` without an ordinal.
 * @param templateFor the template for a place in the set
 * @param known the names that can't be used, and how many instances without an ordinal stay: the new ones come after them
 */
export function newInstances(
  set: RoleInstanceSet,
  { ordinals, count }: { readonly ordinals: readonly number[]; readonly count: number },
  templateFor: (place: number) => NamedTemplate,
  known: { readonly isTaken: (name: string) => boolean; readonly staying: number },
): readonly Draft<RoleInstance>[] {
  const { name, uid } = set.metadata;
  return [
    ...ordinals.map((ordinal) =>
      newInstance(set, templateFor(ordinal), { name: instanceName(name, ordinal), ordinal }),
    ),
    ...newNames({ name, uid }, count, known.isTaken).map((each, at) =>
      newInstance(set, templateFor(known.staying + at), { name: each, ordinal: undefined }),
    ),
  ];
}

/**
 * Names for `count` more instances of a stateless set. They follow from the set's UID and from the names that are taken, so a
 * creation that is repeated because its answer was lost uses the same names and makes no instance twice.
 */
function newNames(
  set: { readonly name: string; readonly uid: string },
  count: number,
  isTaken: (name: string) => boolean,
): readonly string[] {
  const names: string[] = [];
  for (let attempt = 0; names.length < count; attempt++) {
    const seed = Number.parseInt(shortHash(`${set.uid} ${attempt}`).slice(0, 8), 16);
    const name = instanceName(set.name, newSuffix(seededRandom(seed)));
    if (!isTaken(name) && !names.includes(name)) names.push(name);
  }
  return names;
}

function newInstance(
  set: RoleInstanceSet,
  { revision, template }: NamedTemplate,
  { name, ordinal }: { readonly name: string; readonly ordinal: number | undefined },
): Draft<RoleInstance> {
  const { name: setName, namespace } = set.metadata;
  const owner: OwnerReference = ownerReferenceTo(set);
  return {
    apiVersion: API_VERSION,
    kind: 'RoleInstance',
    metadata: {
      name,
      namespace,
      labels: {
        ...template.metadata?.labels,
        [roleLabels.role]: roleOf(set),
        [roleLabels.roleInstanceSet]: setName,
        [roleLabels.roleInstance]: name,
        ...(ordinal === undefined ? {} : { [roleLabels.instanceIndex]: String(ordinal) }),
        [roleLabels.revision]: revision,
      },
      ...(template.metadata?.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
      ownerReferences: [owner],
      // There before the first number is asked for, so that no mode of deletion releases numbers that pods use.
      ...(needsNumbers(template) ? { finalizers: [finalizers.release] } : {}),
    },
    spec: {
      ...(ordinal === undefined ? {} : { index: ordinal }),
      role: roleOf(set),
      ...(set.spec.poolName === undefined ? {} : { poolName: set.spec.poolName }),
      ...specOf(template),
    },
  };
}

function needsNumbers({ spec }: SetTemplate): boolean {
  const read = portsOfComponents(spec.components);
  return read.ok && podScopedRequests(read.value).length > 0;
}

/**
 * `instance` with another template. The ports of an existing component can't be changed: a component whose ports differ is left
 * out first, and is added with its new ports in a second step, when the first is done.
 */
export function withTemplate(
  instance: RoleInstance,
  former: SetTemplate | undefined,
  { revision, template }: NamedTemplate,
): RoleInstance {
  const { metadata, spec } = instance;
  const before = new Map(spec.components.map((component) => [component.name, component]));
  const components = template.spec.components.filter((component) => {
    const known = before.get(component.name);
    return known === undefined || portsText(known) === portsText(component);
  });
  const isWhole = components.length === template.spec.components.length;
  const gone = Object.keys(former?.metadata?.labels ?? {});
  const labels = Object.entries(metadata.labels ?? {}).filter(([key]) => !gone.includes(key));
  return {
    ...instance,
    metadata: {
      ...metadata,
      labels: {
        ...Object.fromEntries(labels),
        ...template.metadata?.labels,
        ...ownLabels(metadata.labels ?? {}),
        // No revision yet, so that the second step follows.
        [roleLabels.revision]: isWhole ? revision : '',
      },
      annotations: {
        ...annotationsWithout(metadata.annotations ?? {}, former, template),
        ...template.metadata?.annotations,
      },
    },
    spec: { ...spec, ...specOf({ ...template, spec: { ...template.spec, components } }) },
  };
}

/** `annotations` without those of the former template, and without those of shared numbers that the next one doesn't have. */
function annotationsWithout(
  annotations: Readonly<Record<string, string>>,
  former: SetTemplate | undefined,
  next: SetTemplate,
): object {
  const kept = sharedKeys(next.spec.components);
  const shared = [...sharedKeys(former?.spec.components ?? [])].filter((key) => !kept.has(key));
  const gone = new Set([...Object.keys(former?.metadata?.annotations ?? {}), ...shared]);
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !gone.has(key)));
}

function specOf({ spec }: SetTemplate): Pick<RoleInstance['spec'], 'replicas' | 'restartPolicy' | 'components'> {
  const replicas = spec.components.reduce((sum, { size }) => sum + size, 0);
  return { replicas, restartPolicy: spec.restartPolicy, components: spec.components };
}

function ownLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => OWN.has(key)));
}

const OWN: ReadonlySet<string> = new Set([
  roleLabels.role,
  roleLabels.roleInstanceSet,
  roleLabels.roleInstance,
  roleLabels.instanceIndex,
]);
