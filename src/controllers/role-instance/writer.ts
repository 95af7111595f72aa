import { LRUCache } from 'lru-cache';
import { finalizers, RoleInstances } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import { Pods, isApiError } from '../../kube/index.ts';
import type { ClusterClient, Draft, Pod, Reason } from '../../kube/index.ts';
import { Writer, ownerReferenceTo } from '../../roles/index.ts';
import type { RoleCaches } from '../../roles/index.ts';
import type { PodView } from './gather.ts';

/** How many requests for pods of one instance run at once. */
const AT_ONCE = 8;

/** All writes of the controller of instances, except those of allocations and Services. */
export class PodWriter {
  /** Finds out beforehand whether the API server would refuse a pod. */
  readonly dryRuns: DryRuns;
  readonly #caches: RoleCaches;
  readonly #pods: Writer<Pod>;
  readonly #instances: Writer<RoleInstance>;

  constructor(client: ClusterClient, caches: RoleCaches) {
    this.dryRuns = new DryRuns(client);
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
  endUnchanged(namespace: string, pods: readonly Pod[], signal: AbortSignal): Promise<void> {
    const there = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return this.#pods.each(there, ({ metadata: { name, uid, resourceVersion } }) =>
      this.#pods.remove({ namespace, name, uid, resourceVersion }, signal),
    );
  }

  /** Adds the release finalizer where it is missing, so that no mode of deletion releases numbers that pods use. */
  async addFinalizer(instance: RoleInstance, signal: AbortSignal): Promise<RoleInstance> {
    const { finalizers: kept = [], resourceVersion } = instance.metadata;
    if (kept.includes(finalizers.release)) return instance;
    const change = { resourceVersion, finalizers: [...kept, finalizers.release] };
    return this.#instances.mergeUnchanged(instance.metadata, change, signal);
  }

  /** Removes the release finalizer. An instance that is gone is no error. */
  async removeFinalizer({ metadata }: RoleInstance, signal: AbortSignal): Promise<void> {
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

/** A pod to try a template with. */
export interface DryRunPod {
  /** The revision of its template. A template that was accepted once is accepted again. */
  readonly revision: string;
  readonly draft: () => Draft<Pod>;
}

/** How many answers are remembered at most. The one that was used longest ago is forgotten first. */
const MOST_KNOWN = 10_000;

/** Refusals that say nothing about the template: a quota that the replaced pod still uses, and webhooks without dry run. */
const NOT_ABOUT_THE_TEMPLATE = /exceeded quota|does not support dry run/;

/**
 * Asks the API server by dry run, which stores nothing, whether it would accept a pod: before a pod is deleted for a new
 * template, and before the first pod of an instance is created. Our schema doesn't check the fields of a template, so a
 * misspelt field is found here, as kubectl finds it in a Deployment. A template that is accepted is tried once in a namespace.
 */
export class DryRuns {
  readonly #client: ClusterClient;
  readonly #known = new LRUCache<string, Promise<Reason | undefined>>({ max: MOST_KNOWN });

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  /** @returns for each refused revision why; accepted revisions are left out */
  async refusals(
    namespace: string,
    pods: readonly DryRunPod[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Reason>> {
    const refused = new Map<string, Reason>();
    const byRevision = new Map(pods.toReversed().map((pod) => [pod.revision, pod]));
    await Promise.all(
      [...byRevision.values()].map(async (pod) => {
        const refusal = await this.#ask(`${namespace}/${pod.revision}`, pod, signal);
        if (refusal !== undefined) refused.set(pod.revision, refusal);
      }),
    );
    return refused;
  }

  /** Instances of one template share the answer: the first one asks. */
  async #ask(key: string, pod: DryRunPod, signal: AbortSignal): Promise<Reason | undefined> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const asked = this.#create(pod.draft(), signal);
    this.#known.set(key, asked);
    let isAccepted = false;
    try {
      const refusal = await asked;
      isAccepted = refusal === undefined;
      return refusal;
    } finally {
      if (!isAccepted && this.#known.get(key) === asked) this.#known.delete(key);
    }
  }

  async #create(draft: Draft<Pod>, signal: AbortSignal): Promise<Reason | undefined> {
    try {
      await this.#client.create(Pods, draft, { dryRun: true, strict: true, signal });
      return undefined;
    } catch (error) {
      if (isApiError(error, 'alreadyExists')) return undefined;
      if (!isApiError(error, 'invalid', 'forbidden', 'refused')) throw error;
      return NOT_ABOUT_THE_TEMPLATE.test(error.message) ? undefined : podRefused(draft, error.message);
    }
  }
}

/** The reason and message for a pod that the API server refuses. */
function podRefused({ metadata }: Draft<Pod>, why: string): Reason {
  return { reason: 'PodRefused', message: `the API server refuses pods such as ${metadata.name ?? ''}: ${why}` };
}
