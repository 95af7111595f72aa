import { roleLabels } from '../api/index.ts';
import type { RoleComponent } from '../api/index.ts';
import type { KubeObject, Service } from '../kube/index.ts';
import { keyOf } from '../kube/index.ts';

/** The key of what the label `label` of `object` names: an instance, or a set. */
export function labelledKey({ metadata }: KubeObject, label: string): string | undefined {
  const name = metadata.labels?.[label];
  return name === undefined ? undefined : `${metadata.namespace ?? ''}/${name}`;
}

/**
 * Keys of those of `owners` whose pods were found by `service`, which was made for roles and which somebody else's end may have
 * taken along; of another Service none.
 */
export function whoNeeds<T extends KubeObject>(
  { metadata: { namespace, name, labels } }: Service,
  owners: readonly T[],
  componentsOf: (owner: T) => readonly Pick<RoleComponent, 'serviceName'>[],
): readonly string[] {
  if (labels?.[roleLabels.service] !== name) return [];
  return owners
    .filter((owner) => owner.metadata.namespace === namespace)
    .filter((owner) => componentsOf(owner).some(({ serviceName }) => serviceName === name))
    .map(keyOf);
}
