import { roleLabels } from '../api/index.ts';
import type { RoleComponent } from '../api/index.ts';
import { Services, isApiError } from '../kube/index.ts';
import type { ClusterClient, Draft, OwnerReference, ResourceCache, Service } from '../kube/index.ts';

/** Whose pods the Services are to find. */
export interface ServiceOwner {
  readonly namespace: string;
  readonly owner: OwnerReference;
}

/**
 * The headless Services that `components` name and that aren't there, each once. One finds the pods of all sets and
 * instances that name it, whoever came first.
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
        // A pod finds its siblings before it is ready: that is how it becomes so.
        spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector },
      };
    });
}

/**
 * Makes the headless Services that `components` name, where there are none: whatever is there stays as it is. One goes
 * with its first owner, and whoever still names it makes it again.
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
