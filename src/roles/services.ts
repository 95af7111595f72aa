import { roleLabels } from '../api/index.ts';
import type { RoleComponent } from '../api/index.ts';
import { Services, isApiError, keyOf } from '../kube/index.ts';
import type { ClusterClient, Draft, KubeObject, OwnerReference, ResourceCache, Service } from '../kube/index.ts';

/** The set or instance whose pods the Services select. */
export interface ServiceOwner {
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
 * Creates the headless Services that `components` name, as far as they don't exist; an existing Service stays as it is. A
 * Service is deleted with its owner, and another set or instance that still names it creates it again.
 */
export async function makeServices(
  owner: ServiceOwner,
  components: readonly Pick<RoleComponent, 'serviceName'>[],
  { client, services }: { readonly client: ClusterClient; readonly services: ResourceCache<Service> },
  signal: AbortSignal,
): Promise<void> {
  const isThere = (name: string): boolean => services.get(owner.namespace, name) !== undefined;
  for (const draft of missingServices(owner, components, isThere)) {
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
