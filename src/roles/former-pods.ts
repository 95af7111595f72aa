import { roleLabels } from '../api/index.ts';
import type { RoleComponent } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';
import { canonicalJson, shortHash } from './canonical.ts';

const known = new WeakMap<RoleComponent, string>();

/** Stands for all that a pod of `component` is made of, but for numbers: those never change under a pod. */
export function podRevision(component: RoleComponent): string {
  const { template, serviceName, ports } = component;
  const revision = known.get(component) ?? shortHash(canonicalJson([template, serviceName ?? null, ports ?? null]));
  known.set(component, revision);
  return revision;
}

/** Whether `pod` is none of those that `components` ask for today: then it may have ports that they don't name. */
export function isFormerPod({ metadata: { labels = {} } }: Pod, components: readonly RoleComponent[]): boolean {
  const component = components.find(({ name }) => name === labels[roleLabels.component]);
  if (component === undefined || labels[roleLabels.revision] !== podRevision(component)) return true;
  return Number(labels[roleLabels.componentIndex] ?? 0) >= component.size;
}
