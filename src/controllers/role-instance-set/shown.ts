import type { RoleComponent, RoleInstanceSet } from '../../api/index.ts';
import { portsOfComponents, roleScopedKey, roleScopedRequests } from '../../workload/role/index.ts';
import type { SetTemplate } from './revisions.ts';
import type { PortsOfSet } from './set-ports.ts';

/**
 * The changes that make the annotations of `set` show the numbers that its instances share; null removes an annotation;
 * undefined when nothing has to change. Annotations are overwritten and never read as facts. The annotation of a former
 * template's port is removed with the port.
 */
export function shownChange(
  { metadata }: Pick<RoleInstanceSet, 'metadata'>,
  { annotations, keepsMore }: Pick<PortsOfSet, 'annotations' | 'keepsMore'>,
  formerTemplates: readonly SetTemplate[],
): Readonly<Record<string, string | null>> | undefined {
  const shown = metadata.annotations ?? {};
  const changed = Object.entries(annotations).filter(([key, value]) => shown[key] !== value);
  // Ports that aren't wanted any longer are shown for as long as pods may use them.
  const former = keepsMore ? [] : formerTemplates.flatMap(({ spec }) => [...sharedKeys(spec.components).keys()]);
  const stale = [...new Set(former)]
    .filter((key) => key in shown && !(key in annotations))
    .map((key) => [key, null] as const);
  return changed.length + stale.length === 0 ? undefined : Object.fromEntries([...changed, ...stale]);
}

/** The keys of the annotations that show RoleScoped numbers of `components`, each with the name of its port in the ledger. */
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
