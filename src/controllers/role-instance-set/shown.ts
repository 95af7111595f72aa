import type { RoleComponent, RoleInstanceSet } from '../../api/index.ts';
import { portsOfComponents, roleScopedKey, roleScopedRequests } from '../../workload/role/index.ts';
import type { SetTemplate } from './revisions.ts';
import type { PortsOfSet } from './set-ports.ts';

/**
 * What has to change in the annotations of `set` so that they show the numbers that its instances share; undefined when
 * they do. What stands there is overwritten, never believed. That of a former template goes (null) when its port does.
 */
export function shownChange(
  { metadata }: Pick<RoleInstanceSet, 'metadata'>,
  { annotations, keepsMore }: Pick<PortsOfSet, 'annotations' | 'keepsMore'>,
  formerTemplates: readonly SetTemplate[],
): Readonly<Record<string, string | null>> | undefined {
  const shown = metadata.annotations ?? {};
  const changed = Object.entries(annotations).filter(([key, value]) => shown[key] !== value);
  // While pods may have ports that aren't wanted any longer, they are shown.
  const former = keepsMore ? [] : formerTemplates.flatMap(({ spec }) => [...sharedKeys(spec.components).keys()]);
  const stale = [...new Set(former)]
    .filter((key) => key in shown && !(key in annotations))
    .map((key) => [key, null] as const);
  return changed.length + stale.length === 0 ? undefined : Object.fromEntries([...changed, ...stale]);
}

/** The annotations that show RoleScoped numbers of `components`, and what their ports are called in the allocation. */
export function sharedKeys(components: readonly RoleComponent[]): ReadonlyMap<string, string> {
  const read = portsOfComponents(components);
  if (!read.ok) return new Map();
  return new Map(
    read.value.flatMap((each) => {
      const entries = each.config.allocations.filter(({ scope }) => scope === 'RoleScoped');
      const requests = roleScopedRequests([each]);
      return entries.map(
        ({ name }, at) => [roleScopedKey(each.component.name, name), requests[at]?.name ?? ''] as const,
      );
    }),
  );
}
