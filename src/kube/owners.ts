import { DaemonSets } from './built-in.ts';
import type { ClusterClient } from './client.ts';
import { isUnreadable } from './errors.ts';
import type { KubeObject, OwnerReference, ResourceType } from './resource.ts';
import { apiVersionOf, resourceType } from './resource.ts';

/** How many owners are remembered: what owns an object hardly ever changes. */
const REMEMBERED = 4_096;

/** No known controller stands under more others: CronJob, Job, pod. */
const MOST_LEVELS = 8;

const apps = { group: 'apps', version: 'v1', namespaced: true } as const;
const batch = { group: 'batch', version: 'v1', namespaced: true } as const;

/** StatefulSets, of which only the metadata is read. */
export const StatefulSets = resourceType<KubeObject>({ ...apps, plural: 'statefulsets', kind: 'StatefulSet' });

/** The built-in kinds that make pods, or make what makes them. */
export const Controllers: readonly ResourceType[] = [
  resourceType({ ...apps, plural: 'replicasets', kind: 'ReplicaSet' }),
  resourceType({ ...apps, plural: 'deployments', kind: 'Deployment' }),
  StatefulSets,
  DaemonSets,
  resourceType({ ...batch, plural: 'jobs', kind: 'Job' }),
  resourceType({ ...batch, plural: 'cronjobs', kind: 'CronJob' }),
  resourceType({
    group: '',
    version: 'v1',
    namespaced: true,
    plural: 'replicationcontrollers',
    kind: 'ReplicationController',
  }),
];

/** Which object: enough to find it, and to tell it from a later one of its name. */
export type ControllerReference = Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>;

/** Where a {@link OwnerChain} ends. */
export interface TopController extends ControllerReference {
  /** Whether it was found as it is named. Otherwise nobody may read its kind, and it may not be there. */
  readonly isRead: boolean;
}

/** The words that an object can have. Of owners the API server checks nothing, and of what stands over a pod nobody did. */
const NAME = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:[.][a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const UID = /^[-0-9A-Za-z]{1,64}$/;

/** What controls an object: nothing, or something that can't be said because the object may not be read. */
type Above = ControllerReference | 'none' | 'unreadable';

/** Follows controllers upwards: from a pod over its ReplicaSet to its Deployment. */
export class OwnerChain {
  readonly #client: ClusterClient;
  readonly #above = new Map<string, ControllerReference | 'none'>();

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  /**
   * The topmost controller of whatever `controller` controls, in `namespace`: the last one whose kind is one of
   * {@link Controllers}. The first that may not be read (403) ends the walk, and is taken at its name. Undefined when
   * `controller` is of another kind, isn't there (any longer), or is its own owner over others.
   * @throws {ApiError} of what may be otherwise at the next try
   */
  async topmost(
    namespace: string,
    controller: ControllerReference,
    signal: AbortSignal,
  ): Promise<TopController | undefined> {
    let top: TopController | undefined;
    let next: ControllerReference | 'none' = controller;
    for (let level = 0; next !== 'none'; level++) {
      // Two that own each other would be followed for ever.
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
   * Whether `controller` is in `namespace` as it is named: it was when it was read first; it may have gone since.
   * @throws {ApiError} of what may be otherwise at the next try
   */
  async isThere(namespace: string, controller: ControllerReference, signal: AbortSignal): Promise<boolean> {
    const above = await this.#controllerOf(namespace, controller, signal);
    return above !== undefined && above !== 'unreadable';
  }

  /** What controls `object`; undefined if the object can't be found. */
  async #controllerOf(namespace: string, object: ControllerReference, signal: AbortSignal): Promise<Above | undefined> {
    const { apiVersion, kind, name, uid } = object;
    // By all that was compared when it was read: whoever forges an owner knows the UID of a real one.
    const key = JSON.stringify([namespace, apiVersion, kind, name, uid]);
    const known = this.#above.get(key);
    if (known !== undefined) return known;
    const type = Controllers.find((each) => apiVersionOf(each) === apiVersion && each.kind === kind);
    if (type === undefined || !NAME.test(name) || !UID.test(uid)) return undefined;
    try {
      const found = await this.#client.find(type, { namespace, name }, { signal });
      if (found === undefined || found.metadata.uid !== uid) return undefined;
      const above = found.metadata.ownerReferences?.find(({ controller }) => controller === true) ?? 'none';
      this.#remember(key, above);
      return above;
    } catch (error) {
      // Not remembered: the right may come back.
      if (isUnreadable(error)) return 'unreadable';
      throw error;
    }
  }

  #remember(key: string, above: ControllerReference | 'none'): void {
    const [oldest] = this.#above.keys();
    if (this.#above.size >= REMEMBERED && oldest !== undefined) this.#above.delete(oldest);
    this.#above.set(key, above);
  }
}
