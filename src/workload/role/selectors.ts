import { roleLabels } from '../../api/index.ts';
import type { RoleInstance, RoleInstanceSet } from '../../api/index.ts';

/**
 * The labels of one pod of each instance of `set`, the first of its first component: who counts these pods counts
 * instances.
 */
export function selectorOfSet({ metadata, spec }: RoleInstanceSet): string {
  const [first] = spec.template.spec.components;
  return [
    `${roleLabels.roleInstanceSet}=${metadata.name}`,
    `${roleLabels.component}=${first?.name ?? ''}`,
    `${roleLabels.componentIndex}=0`,
  ].join(',');
}

/** The label of all pods of `instance`. */
export function selectorOfInstance({ metadata }: RoleInstance): string {
  return `${roleLabels.roleInstance}=${metadata.name}`;
}
