import type { RoleInstance } from '../../api/index.ts';
import { Pods, isApiError } from '../../kube/index.ts';
import type { ClusterClient, Draft, Pod } from '../../kube/index.ts';
import { RoleInstances, Writer, ownerReferenceTo } from '../../roles/index.ts';
import type { RoleCaches, Said } from '../../roles/index.ts';
import type { PodView } from './pod-view.ts';
import { Trials, podRefused } from './trials.ts';

/** Requests for pods of one instance that run at once. */
const AT_ONCE = 8;

/** Every write that the controller of instances makes, but for allocations and Services. */
export class Hands {
  /** What would come of writes. */
  readonly trials: Trials;
  readonly #caches: RoleCaches;
  readonly #pods: Writer<Pod>;
  readonly #instances: Writer<RoleInstance>;

  constructor(client: ClusterClient, caches: RoleCaches) {
    this.trials = new Trials(client);
    this.#caches = caches;
    this.#pods = new Writer({ client, type: Pods, cache: caches.pods, atOnce: AT_ONCE });
    this.#instances = new Writer({ client, type: RoleInstances, cache: caches.instances, atOnce: 1 });
  }

  /**
   * Creates pods.
   * @returns why the API server refused one, if it did; trouble of another sort is thrown
   */
  async create(drafts: readonly Draft<Pod>[], signal: AbortSignal): Promise<Said | undefined> {
    let refused: Said | undefined;
    await this.#pods.each(drafts, async (draft) => {
      try {
        await this.#pods.createUnlessThere(draft, signal);
      } catch (error) {
        if (!isApiError(error, 'invalid', 'forbidden', 'refused')) throw error;
        refused ??= podRefused(draft, error.message);
      }
    });
    return refused;
  }

  remove(namespace: string, pods: readonly PodView[], signal: AbortSignal): Promise<void> {
    return this.#pods.each(pods, ({ name, uid }) => this.#pods.remove({ namespace, name, uid }, signal));
  }

  /** Takes over pods that nobody controls. */
  adopt(instance: RoleInstance, pods: readonly PodView[], signal: AbortSignal): Promise<void> {
    const { namespace } = instance.metadata;
    return this.#pods.each(pods, ({ name, uid }) => {
      const known = this.#caches.pods.get(namespace, name)?.metadata.ownerReferences ?? [];
      const metadata = { uid, ownerReferences: [...known, ownerReferenceTo(instance)] };
      return this.#pods.merge({ namespace, name }, { metadata }, signal);
    });
  }

  /** Changes what is output in an instance: annotations (null takes one away), and how many pods it has. */
  show({ metadata }: RoleInstance, change: object, signal: AbortSignal): Promise<void> {
    return this.#instances.merge(metadata, change, signal);
  }

  writeStatus({ metadata }: RoleInstance, status: object, signal: AbortSignal): Promise<RoleInstance> {
    return this.#instances.writeStatus(metadata, status, signal);
  }
}
