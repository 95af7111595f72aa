import { finalizers, RoleInstances } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import { Pods, isApiError } from '../../kube/index.ts';
import type { ClusterClient, Draft, Pod, Reason } from '../../kube/index.ts';
import { Writer, ownerReferenceTo } from '../../roles/index.ts';
import type { RoleCaches } from '../../roles/index.ts';
import type { PodView } from './pod-view.ts';
import { Trials, podRefused } from './trials.ts';

/** Requests for pods of one instance that run at once. */
const AT_ONCE = 8;

/** Every write that the controller of instances makes, but for allocations and Services. */
export class PodWriter {
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
  async create(drafts: readonly Draft<Pod>[], signal: AbortSignal): Promise<Reason | undefined> {
    let refused: Reason | undefined;
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

  /** Ends those of `pods` that are as they were seen, and aren't on their way out. */
  end(namespace: string, pods: readonly Pod[], signal: AbortSignal): Promise<void> {
    const there = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return this.#pods.each(there, ({ metadata: { name, uid, resourceVersion } }) =>
      this.#pods.remove({ namespace, name, uid, resourceVersion }, signal),
    );
  }

  /** Puts our finalizer on an instance, which was made without: no mode of deletion frees a number that a pod has. */
  async hold(instance: RoleInstance, signal: AbortSignal): Promise<RoleInstance> {
    const { finalizers: kept = [], resourceVersion } = instance.metadata;
    if (kept.includes(finalizers.release)) return instance;
    const change = { resourceVersion, finalizers: [...kept, finalizers.release] };
    return this.#instances.mergeUnchanged(instance.metadata, change, signal);
  }

  /** Takes our finalizer off again. */
  async letGo({ metadata }: RoleInstance, signal: AbortSignal): Promise<void> {
    const { finalizers: kept = [], resourceVersion } = metadata;
    const change = { resourceVersion, finalizers: kept.filter((each) => each !== finalizers.release) };
    try {
      await this.#instances.mergeUnchanged(metadata, change, signal);
    } catch (error) {
      if (!isApiError(error, 'notFound')) throw error;
    }
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
