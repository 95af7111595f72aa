import { roleLabels } from '../api/index.ts';
import type { RoleComponent } from '../api/index.ts';
import type { KubeObject, Service } from '../kube/index.ts';
import { keyOf } from '../kube/index.ts';

/** The key of what the label `label` of `object` names: an instance, or a set. */
export function labelledKey({ metadata }: KubeObject, label: string): string | undefined {
  const name = metadata.labels?.[label];
  return name === undefined ? undefined : `${metadata.namespace ?? ''}/${name}`;
}

/** Whether `service` was made for roles, as far as its labels say. */
export function isOfRoles({ metadata }: Service): boolean {
  return metadata.labels?.[roleLabels.service] === metadata.name;
}

/** Keys of those of `owners` whose pods are found by a Service like `service`, which somebody else's end may have taken along. */
export function whoNeeds<T extends KubeObject>(
  service: Service,
  owners: readonly T[],
  componentsOf: (owner: T) => readonly Pick<RoleComponent, 'serviceName'>[],
): readonly string[] {
  const { namespace, name } = service.metadata;
  return owners
    .filter((owner) => owner.metadata.namespace === namespace)
    .filter((owner) => componentsOf(owner).some(({ serviceName }) => serviceName === name))
    .map(keyOf);
}
