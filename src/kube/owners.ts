import { LRUCache } from 'lru-cache';
import type { ClusterClient } from './client.ts';
import { isUnreadable } from './errors.ts';
import { CronJobs, DaemonSets, Deployments, Jobs, ReplicaSets, ReplicationControllers, StatefulSets } from './kinds.ts';
import { apiVersionOf } from './resource.ts';
import type { OwnerReference, ResourceType } from './resource.ts';

/** How many owners are remembered. The owner of an object hardly ever changes. */
const REMEMBERED = 4_096;

/** More levels than any known controller has above it: CronJob, Job, pod. */
const MOST_LEVELS = 8;

/** The built-in kinds that create pods, or create controllers that do. */
export const Controllers: readonly ResourceType[] = [
  ReplicaSets,
  Deployments,
  StatefulSets,
  DaemonSets,
  Jobs,
  CronJobs,
  ReplicationControllers,
];

/** Names a controller, so that it can be found and isn't confused with a later object of the same name. */
export type ControllerReference = Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>;

/** The last controller that {@link OwnerChain} finds. */
interface TopController extends ControllerReference {
  /**
   * Whether the controller was found with this name and UID. False when its kind may not be read; then it may not
   * exist.
   */
  readonly isRead: boolean;
}

/** The names and UIDs that an object can have. The API server doesn't check owner references, so these may be anything. */
const NAME = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:[.][a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const UID = /^[-0-9A-Za-z]{1,64}$/;

/** The controller of an object; `none`, or `unreadable` when the object may not be read. */
type Above = ControllerReference | 'none' | 'unreadable';

/** Follows controllers upwards: from a pod's ReplicaSet to its Deployment. */
export class OwnerChain {
  readonly #client: ClusterClient;
  readonly #above = new LRUCache<string, ControllerReference | 'none'>({ max: REMEMBERED });

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  /**
   * The topmost controller above `controller` in `namespace`: the last one whose kind is among {@link Controllers}. The
   * walk ends at the first controller that may not be read (403), which is returned unread. Undefined when `controller`
   * is of another kind, doesn't exist, or owns itself through others.
   * @throws {ApiError} when the next attempt may succeed
   */
  async topmost(
    namespace: string,
    controller: ControllerReference,
    signal: AbortSignal,
  ): Promise<TopController | undefined> {
    let top: TopController | undefined;
    let next: ControllerReference | 'none' = controller;
    for (let level = 0; next !== 'none'; level++) {
      // Two objects that own each other would never end.
      if (level === MOST_LEVELS) return undefined;
      const above: Above | undefined = await this.#controllerOf(namespace, next, signal);
      if (above === undefined) return top;
      const { apiVersion, kind, name, uid } = next;
      top = { apiVersion, kind, name, uid, isRead: above !== 'unreadable' };
      next = above === 'unreadable' ? 'none' : above;
    }
    return top;
  }

  /**
   * Whether `controller` exists in `namespace` with its name and UID. It did when it was first read; it may have been
   * deleted since.
   * @throws {ApiError} when the next attempt may succeed
   */
  async isThere(namespace: string, controller: ControllerReference, signal: AbortSignal): Promise<boolean> {
    const above = await this.#controllerOf(namespace, controller, signal);
    return above !== undefined && above !== 'unreadable';
  }

  /** The controller of `object`, or undefined if `object` doesn't exist. */
  async #controllerOf(namespace: string, object: ControllerReference, signal: AbortSignal): Promise<Above | undefined> {
    const { apiVersion, kind, name, uid } = object;
    // The key has everything that is compared with the object that was read: a forged owner reference may contain the
    // UID of a real object.
    const key = JSON.stringify([namespace, apiVersion, kind, name, uid]);
    // Not `get`: entries are forgotten in the order in which they were read, so that a changed owner is read again some day.
    const known = this.#above.peek(key);
    if (known !== undefined) return known;
    const type = Controllers.find((each) => apiVersionOf(each) === apiVersion && each.kind === kind);
    if (type === undefined || !NAME.test(name) || !UID.test(uid)) return undefined;
    try {
      const found = await this.#client.find(type, { namespace, name }, { signal });
      if (found === undefined || found.metadata.uid !== uid) return undefined;
      const above = found.metadata.ownerReferences?.find(({ controller }) => controller === true) ?? 'none';
      this.#above.set(key, above);
      return above;
    } catch (error) {
      // Not remembered, because the permission may be given later.
      if (isUnreadable(error)) return 'unreadable';
      throw error;
    }
  }
}
