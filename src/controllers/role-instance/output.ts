import type { RoleInstance } from '../../api/index.ts';
import { podScopedAnnotations, roleScopedAnnotations } from '../../workload/role/index.ts';
import type { ComponentPorts, RoleNumbers } from '../../workload/role/index.ts';

/**
 * The merge patch that makes an instance show its numbers and how many pods it has; undefined when nothing has to change.
 * Annotations are overwritten and never read as facts.
 */
export function shownChange(
  { metadata, spec }: RoleInstance,
  components: readonly ComponentPorts[],
  numbers: RoleNumbers,
): object | undefined {
  const wanted: Record<string, string | null> = {
    ...roleScopedAnnotations(components, numbers.role),
    ...podScopedAnnotations(metadata.name, components, numbers.pod),
  };
  const shown = metadata.annotations ?? {};
  const isStale = (key: string): boolean =>
    key.startsWith(`${metadata.name}-`) && /^\d+$/.test(shown[key] ?? '') && !(key in wanted);
  const stale = numbers.pod.size === 0 ? [] : Object.keys(shown).filter(isStale);
  const changed = Object.entries(wanted).filter(([key, value]) => shown[key] !== value);
  const annotations = Object.fromEntries([...changed, ...stale.map((key) => [key, null] as const)]);
  const replicas = spec.components.reduce((sum, { size }) => sum + size, 0);
  const hasAll = Object.keys(annotations).length === 0;
  if (hasAll && spec.replicas === replicas) return undefined;
  return {
    ...(hasAll ? {} : { metadata: { annotations } }),
    ...(spec.replicas === replicas ? {} : { spec: { replicas } }),
  };
}
