import type { RoleInstance } from '../../api/index.ts';
import { Pods, isApiError } from '../../kube/index.ts';
import type { ClusterClient, Draft, Pod } from '../../kube/index.ts';
import { RoleInstances, inParallel, ownerReferenceTo } from '../../roles/index.ts';
import type { RoleCaches } from '../../roles/index.ts';
import type { PodView } from './pod-view.ts';
import type { Said } from './status.ts';

/** Requests for pods of one instance that run at once. */
const AT_ONCE = 8;

/** What the writes of an instance need. */
export interface HandsParts {
  readonly client: ClusterClient;
  readonly caches: RoleCaches;
}

/** Every write that the controller of instances makes, but for allocations. What was written is read back from the caches at once. */
export class Hands {
  readonly #parts: HandsParts;

  constructor(parts: HandsParts) {
    this.#parts = parts;
  }

  /**
   * Creates pods. One that is there already is no fault: the cache will show it.
   * @returns why the API server refused one, if it did; trouble of another sort is thrown
   */
  async create(drafts: readonly Draft<Pod>[], signal: AbortSignal): Promise<Said | undefined> {
    const { client, caches } = this.#parts;
    let refused: Said | undefined;
    await inParallel(drafts, AT_ONCE, async (draft) => {
      try {
        caches.pods.apply(await client.create(Pods, draft, { signal }));
      } catch (error) {
        if (isApiError(error, 'alreadyExists')) return;
        if (!isApiError(error, 'invalid', 'forbidden', 'refused')) throw error;
        const message = `the API server refuses pod ${draft.metadata.name ?? ''}: ${error.message}`;
        refused ??= { reason: 'PodRefused', message };
      }
    });
    return refused;
  }

  async remove(namespace: string, pods: readonly PodView[], signal: AbortSignal): Promise<void> {
    await inParallel(pods, AT_ONCE, async ({ name, uid }) => {
      try {
        await this.#parts.client.remove(Pods, { namespace, name }, { preconditions: { uid }, signal });
      } catch (error) {
        if (!isApiError(error, 'notFound', 'conflict')) throw error;
      }
    });
  }

  /** Takes over pods that nobody controls. */
  async adopt(instance: RoleInstance, pods: readonly PodView[], signal: AbortSignal): Promise<void> {
    const { client, caches } = this.#parts;
    const { namespace } = instance.metadata;
    await inParallel(pods, AT_ONCE, async ({ name, uid }) => {
      const known = caches.pods.get(namespace, name)?.metadata.ownerReferences ?? [];
      const body = { metadata: { uid, ownerReferences: [...known, ownerReferenceTo(instance)] } };
      caches.pods.apply(await client.patch(Pods, { namespace, name }, { type: 'merge', body, signal }));
    });
  }

  /** Changes what is output in an instance: annotations (null takes one away), and how many pods it has. */
  async show({ metadata }: RoleInstance, change: object, signal: AbortSignal): Promise<void> {
    const { client, caches } = this.#parts;
    const { namespace, name } = metadata;
    caches.instances.apply(
      await client.patch(RoleInstances, { namespace, name }, { type: 'merge', body: change, signal }),
    );
  }

  async writeStatus({ metadata }: RoleInstance, status: object, signal: AbortSignal): Promise<RoleInstance> {
    const { client, caches } = this.#parts;
    const { namespace, name, uid } = metadata;
    // Only we write it; its spec may have changed since, which the observed generation says.
    const body = { metadata: { uid }, status };
    const change = { type: 'merge', body, subresource: 'status', signal } as const;
    const written: RoleInstance = await client.patch(RoleInstances, { namespace, name }, change);
    caches.instances.apply(written);
    return written;
  }
}
