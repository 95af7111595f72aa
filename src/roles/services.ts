import { roleLabels } from '../api/index.ts';
import type { RoleComponent, RoleInstance, RoleInstanceSet } from '../api/index.ts';
import { Services, isApiError, keyOf } from '../kube/index.ts';
import type { Draft, KubeObject, OwnerReference, Service } from '../kube/index.ts';
import type { RoleReconcilerParts } from './reconciling.ts';
import { ownerReferenceTo } from './writer.ts';

/** The set or instance whose pods the Services select. */
interface ServiceOwner {
  readonly namespace: string;
  readonly owner: OwnerReference;
}

/**
 * The headless Services that `components` name and that don't exist, each once. A Service selects the pods of all sets and
 * instances that name it, whichever of them created it.
 */
export function missingServices(
  { namespace, owner }: ServiceOwner,
  components: readonly Pick<RoleComponent, 'serviceName'>[],
  isThere: (name: string) => boolean,
): readonly Draft<Service>[] {
  const names = new Set(components.flatMap(({ serviceName }) => serviceName ?? []));
  return [...names]
    .filter((name) => !isThere(name))
    .map((name) => {
      const selector = { [roleLabels.service]: name };
      return {
        metadata: { name, namespace, labels: selector, ownerReferences: [owner] },
        // A pod may have to find its siblings to become ready.
        spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector },
      };
    });
}

/**
 * Creates the headless Services that the `components` of `object` name, as far as they don't exist; an existing Service stays
 * as it is. A Service is deleted with its owner, and another set or instance that still names it creates it again.
 */
export async function createServices(
  { client, index }: Pick<RoleReconcilerParts, 'client' | 'index'>,
  object: RoleInstance | RoleInstanceSet,
  components: readonly Pick<RoleComponent, 'serviceName'>[],
  signal: AbortSignal,
): Promise<void> {
  const { services } = index.caches;
  const { namespace } = object.metadata;
  const isThere = (name: string): boolean => services.get(namespace, name) !== undefined;
  for (const draft of missingServices({ namespace, owner: ownerReferenceTo(object) }, components, isThere)) {
    try {
      services.apply(await client.create(Services, draft, { signal }));
    } catch (error) {
      if (!isApiError(error, 'alreadyExists')) throw error;
    }
  }
}

/**
 * The keys of those of `owners` whose components name `service`, which has to be created again when it was deleted with another
 * owner. None for a Service that wasn't created for roles.
 */
export function keysOfOwnersNaming<T extends KubeObject>(
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
