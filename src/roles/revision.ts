import { createHash } from 'node:crypto';
import { roleLabels } from '../api/index.ts';
import type { RoleComponent } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';

/** `value` as JSON with the fields of every object in alphabetical order: equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}

/** The first ten hex digits of the SHA-256 of `text`. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}

/** The revisions by component: the components of a cached object never change. */
const known = new WeakMap<RoleComponent, string>();

/**
 * The revision of a pod of `component`: a hash of everything that the pod is made of except its numbers, which never change
 * while the pod exists.
 */
export function podRevision(component: RoleComponent): string {
  const { template, serviceName, ports } = component;
  const revision = known.get(component) ?? shortHash(canonicalJson([template, serviceName ?? null, ports ?? null]));
  known.set(component, revision);
  return revision;
}

/** Whether `pod` isn't one that `components` ask for now: then it may use ports that they don't name. */
export function isFormerPod({ metadata: { labels = {} } }: Pod, components: readonly RoleComponent[]): boolean {
  const component = components.find(({ name }) => name === labels[roleLabels.component]);
  if (component === undefined || labels[roleLabels.revision] !== podRevision(component)) return true;
  return Number(labels[roleLabels.componentIndex] ?? 0) >= component.size;
}
