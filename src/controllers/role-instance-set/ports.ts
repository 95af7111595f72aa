import type { RoleComponent, RoleInstanceSet } from '../../api/index.ts';
import { keyOf } from '../../kube/index.ts';
import { canonicalJson, isFormerPod, podsRun, roleNameOf } from '../../roles/index.ts';
import type { Held, RoleReconcilerParts } from '../../roles/index.ts';
import {
  portsOfComponents,
  roleScopedAnnotations,
  roleScopedKey,
  roleScopedRequests,
} from '../../workload/role/index.ts';
import type { SetTemplate } from './revisions.ts';
import type { Reason } from '../../kube/index.ts';

/** The ports that all instances of a set share. */
export interface SetPorts extends Held {
  /** Why the set can't proceed at all; undefined when it can. */
  readonly obstacle: Reason | undefined;
  /** How many numbers are missing. */
  readonly missing: number;
  /** The annotations of the set that show the numbers. */
  readonly annotations: Readonly<Record<string, string>>;
}

type Parts = Pick<RoleReconcilerParts, 'client' | 'index' | 'holdings' | 'enqueue'>;

/**
 * Makes `set` hold the ports that its instances share, as far as possible. Numbers that are missing have the set reconciled
 * again when they may be there.
 * @returns what the set holds
 */
export async function keepPorts(parts: Parts, set: RoleInstanceSet, signal: AbortSignal): Promise<SetPorts> {
  const read = portsOfComponents(set.spec.template.spec.components);
  if (!read.ok) {
    const nothing = { numbers: new Map(), lacking: undefined, hasMore: false, keepsMore: true, missing: 0 };
    return { ...nothing, obstacle: read.error, annotations: {} };
  }
  const ports = roleScopedRequests(read.value);
  const mayUseMore = () => hasFormer(parts, set, signal);
  const wake = () => parts.enqueue(keyOf(set));
  const held = await parts.holdings.keep({ object: set, ports, mayUseMore, wake }, signal);
  const missing = ports.reduce((sum, { name, count }) => (held.numbers.has(name) ? sum : sum + count), 0);
  return { ...held, obstacle: undefined, missing, annotations: roleScopedAnnotations(read.value, held.numbers) };
}

/**
 * Whether a pod may use ports that the template doesn't name any longer. An instance that keeps an earlier template needs its
 * ports for the pods that it has and for those that it will create.
 */
async function hasFormer(parts: Parts, set: RoleInstanceSet, signal: AbortSignal): Promise<boolean> {
  const { components } = set.spec.template.spec;
  const today = canonicalJson(components);
  const { namespace, name } = set.metadata;
  const instances = parts.index.instancesLabelled(namespace, name);
  if (instances.some((instance) => canonicalJson(instance.spec.components) !== today)) return true;
  return podsRun(parts, roleNameOf(set), (pod) => isFormerPod(pod, components), signal);
}

/**
 * The changes that make the annotations of `set` show the numbers that its instances share; null removes an annotation;
 * undefined when nothing has to change. Annotations are overwritten and never read as facts. The annotation of a former
 * template's port is removed with the port.
 */
export function shownChange(
  { metadata }: Pick<RoleInstanceSet, 'metadata'>,
  { annotations, keepsMore }: Pick<SetPorts, 'annotations' | 'keepsMore'>,
  formerTemplates: readonly SetTemplate[],
): Readonly<Record<string, string | null>> | undefined {
  const shown = metadata.annotations ?? {};
  const changed = Object.entries(annotations).filter(([key, value]) => shown[key] !== value);
  // Ports that aren't wanted any longer are shown for as long as pods may use them.
  const former = keepsMore ? [] : formerTemplates.flatMap(({ spec }) => [...sharedKeys(spec.components)]);
  const stale = [...new Set(former)]
    .filter((key) => key in shown && !(key in annotations))
    .map((key) => [key, null] as const);
  return changed.length + stale.length === 0 ? undefined : Object.fromEntries([...changed, ...stale]);
}

/** The keys of the annotations that show RoleScoped numbers of `components`. */
export function sharedKeys(components: readonly RoleComponent[]): ReadonlySet<string> {
  const read = portsOfComponents(components);
  if (!read.ok) return new Set();
  return new Set(
    read.value.flatMap(({ component, config }) =>
      config.allocations
        .filter(({ scope }) => scope === 'RoleScoped')
        .map(({ name }) => roleScopedKey(component.name, name)),
    ),
  );
}
