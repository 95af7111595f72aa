import { roleLabels } from '../api/index.ts';
import type { RoleComponent } from '../api/index.ts';
import type { KubeObject, Service } from '../kube/index.ts';
import { keyOf } from '../kube/index.ts';

/** The key of the set or the instance that the label `label` of `object` names; undefined without the label. */
export function labelledKey({ metadata }: KubeObject, label: string): string | undefined {
  const name = metadata.labels?.[label];
  return name === undefined ? undefined : `${metadata.namespace ?? ''}/${name}`;
}

/**
 * The keys of those of `owners` whose components name `service`, which has to be created again when it was deleted with another
 * owner. None for a Service that wasn't created for roles.
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
