import { finalizers, RoleInstances } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import { Pods, isApiError } from '../../kube/index.ts';
import type { ClusterClient, Draft, Pod, Reason } from '../../kube/index.ts';
import { Writer, ownerReferenceTo } from '../../roles/index.ts';
import type { RoleCaches } from '../../roles/index.ts';
import type { PodView } from './pod-view.ts';
import { Trials, podRefused } from './trials.ts';

/** How many requests for pods of one instance run at once. */
const AT_ONCE = 8;

/** All writes of the controller of instances, except those of allocations and Services. */
export class PodWriter {
  /** Finds out beforehand whether the API server would refuse a pod. */
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
   * Creates pods. One whose name exists already is left out.
   * @returns why the API server refused a pod; undefined when it refused none
   * @throws errors that aren't refusals
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

  /** Deletes pods, as far as they still have their UIDs. */
  remove(namespace: string, pods: readonly PodView[], signal: AbortSignal): Promise<void> {
    return this.#pods.each(pods, ({ name, uid }) => this.#pods.remove({ namespace, name, uid }, signal));
  }

  /** Deletes those of `pods` that aren't terminating and haven't changed since they were seen. */
  end(namespace: string, pods: readonly Pod[], signal: AbortSignal): Promise<void> {
    const there = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return this.#pods.each(there, ({ metadata: { name, uid, resourceVersion } }) =>
      this.#pods.remove({ namespace, name, uid, resourceVersion }, signal),
    );
  }

  /** Adds the release finalizer where it is missing, so that no mode of deletion releases numbers that pods use. */
  async hold(instance: RoleInstance, signal: AbortSignal): Promise<RoleInstance> {
    const { finalizers: kept = [], resourceVersion } = instance.metadata;
    if (kept.includes(finalizers.release)) return instance;
    const change = { resourceVersion, finalizers: [...kept, finalizers.release] };
    return this.#instances.mergeUnchanged(instance.metadata, change, signal);
  }

  /** Removes the release finalizer. An instance that is gone is no error. */
  async letGo({ metadata }: RoleInstance, signal: AbortSignal): Promise<void> {
    const { finalizers: kept = [], resourceVersion } = metadata;
    const change = { resourceVersion, finalizers: kept.filter((each) => each !== finalizers.release) };
    try {
      await this.#instances.mergeUnchanged(metadata, change, signal);
    } catch (error) {
      if (!isApiError(error, 'notFound')) throw error;
    }
  }

  /** Adopts pods without a controller. */
  adopt(instance: RoleInstance, pods: readonly PodView[], signal: AbortSignal): Promise<void> {
    const { namespace } = instance.metadata;
    return this.#pods.each(pods, ({ name, uid }) => {
      const known = this.#caches.pods.get(namespace, name)?.metadata.ownerReferences ?? [];
      const metadata = { uid, ownerReferences: [...known, ownerReferenceTo(instance)] };
      return this.#pods.merge({ namespace, name }, { metadata }, signal);
    });
  }

  /** Merges a change of annotations (null removes one) and of `spec.replicas` into an instance. */
  show({ metadata }: RoleInstance, change: object, signal: AbortSignal): Promise<void> {
    return this.#instances.merge(metadata, change, signal);
  }

  /** Merges `status` into the status of an instance. @returns the instance as it was written */
  writeStatus({ metadata }: RoleInstance, status: object, signal: AbortSignal): Promise<RoleInstance> {
    return this.#instances.writeStatus(metadata, status, signal);
  }
}
