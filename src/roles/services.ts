import type { RoleComponent } from '../api/index.ts';
import { Services, isApiError } from '../kube/index.ts';
import type { ClusterClient, Draft, OwnerReference, ResourceCache, Service } from '../kube/index.ts';

/** Whose pods the Services are to find, and by which label. */
export interface ServiceOwner {
  readonly namespace: string;
  readonly owner: OwnerReference;
  readonly selector: Readonly<Record<string, string>>;
}

/** The headless Services that `components` name and that aren't there, each once. */
export function missingServices(
  { namespace, owner, selector }: ServiceOwner,
  components: readonly Pick<RoleComponent, 'serviceName'>[],
  isThere: (name: string) => boolean,
): readonly Draft<Service>[] {
  const names = new Set(components.flatMap(({ serviceName }) => serviceName ?? []));
  return [...names]
    .filter((name) => !isThere(name))
    .map((name) => ({
      metadata: { name, namespace, labels: selector, ownerReferences: [owner] },
      // A pod finds its siblings before it is ready: that is how it becomes so.
      spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector },
    }));
}

/** Makes the headless Services that `components` name, where there are none: whatever is there stays as it is. */
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
