import { API_VERSION, finalizers } from '../api/index.ts';
import type { PortAllocation } from '../api/index.ts';
import { isApiError } from '../kube/index.ts';
import type { ClusterClient, Draft, ResourceCache } from '../kube/index.ts';
import { PortAllocations } from './kinds.ts';
import type { WhereToLook } from './remains.ts';
import { decideAllocation, droppedBy } from './wanted-ports.ts';
import type { WantedAllocation } from './wanted-ports.ts';

/** How the keeping of an allocation ended. */
export type Kept =
  /** Ours, as wanted; or none is wanted. */
  | { readonly kind: 'ours'; readonly object: PortAllocation | undefined }
  /** An earlier one has to go first. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'foreign'; readonly object: PortAllocation };

/** What the keeper asks about pods before it lets a number go. */
export interface PodsInQuestion {
  /** Whether one runs that another owner of the same name left behind. */
  readonly ofOthers: () => Promise<boolean>;
  /** Whether one runs that isn't of what its owner wants today: it may have ports that nobody wants any more. */
  readonly ofFormerSpec: () => Promise<boolean>;
}

/**
 * Keeps one PortAllocation as its owner wants it. It comes with both finalizers, so that no mode of deletion frees a
 * number before {@link letGo} is called for it.
 */
export class AllocationKeeper {
  readonly #client: ClusterClient;
  readonly #allocations: ResourceCache<PortAllocation>;

  constructor({ client, index }: WhereToLook) {
    this.#client = client;
    this.#allocations = index.caches.allocations;
  }

  /**
   * Makes it so. What nobody wants any more, or an owner left behind who is gone, goes when no pod can have it: a port
   * that was dropped stays as long as a pod of a former spec runs.
   */
  async keep(today: WantedAllocation, pods: PodsInQuestion, signal: AbortSignal): Promise<Kept> {
    const { namespace, name } = today;
    const found = this.#allocations.get(namespace, name);
    const dropped = droppedBy(today, found);
    const isHeld = dropped.length > 0 && (await pods.ofFormerSpec());
    const wanted = isHeld ? { ...today, ports: [...today.ports, ...dropped] } : today;
    const step = decideAllocation(wanted, found);
    switch (step.kind) {
      case 'create':
        return this.#create(wanted, signal);
      case 'update':
        return { kind: 'ours', object: await this.#update(wanted, step.object, signal) };
      case 'remove':
      case 'wait': {
        const mayBeUsed = dropped.length > 0 ? isHeld : await pods.ofOthers();
        if (!mayBeUsed) await this.remove(step.object, signal);
        return wanted.ports.length === 0 ? { kind: 'ours', object: undefined } : { kind: 'waiting' };
      }
      case 'foreign':
        return step;
      case 'keep': {
        const object = this.#allocations.get(namespace, name);
        return { kind: 'ours', object: wanted.ports.length === 0 ? undefined : object };
      }
    }
  }

  /** Deletes `object` and lets go of it. */
  async remove(object: PortAllocation, signal: AbortSignal): Promise<void> {
    const { namespace, name, uid, deletionTimestamp } = object.metadata;
    if (deletionTimestamp === undefined) {
      try {
        await this.#client.remove(PortAllocations, { namespace, name }, { preconditions: { uid }, signal });
      } catch (error) {
        // Gone, or another one by now.
        if (isApiError(error, 'notFound', 'conflict')) return;
        throw error;
      }
    }
    await this.letGo(object, signal);
  }

  /** Says that no pod uses the numbers of `object`, which is being deleted. */
  async letGo({ metadata }: PortAllocation, signal: AbortSignal): Promise<void> {
    const { namespace, name, uid } = metadata;
    const found = await this.#client.find(PortAllocations, { namespace, name }, { signal });
    if (found?.metadata.uid !== uid || found.metadata.finalizers?.includes(finalizers.inUse) !== true) return;
    const left = found.metadata.finalizers.filter((each) => each !== finalizers.inUse);
    const body = { metadata: { resourceVersion: found.metadata.resourceVersion, finalizers: left } };
    try {
      await this.#client.patch(
        PortAllocations,
        { namespace, name },
        { type: 'merge', conditional: true, body, signal },
      );
    } catch (error) {
      if (!isApiError(error, 'notFound')) throw error;
    }
  }

  async #create(wanted: WantedAllocation, signal: AbortSignal): Promise<Kept> {
    const { namespace, name, labels, owner, poolName, ports } = wanted;
    const draft: Draft<PortAllocation> = {
      apiVersion: API_VERSION,
      kind: 'PortAllocation',
      metadata: {
        namespace,
        name,
        labels,
        ownerReferences: [owner],
        // With both from the beginning, whoever gives the numbers needn't write before it does.
        finalizers: [finalizers.release, finalizers.inUse],
      },
      spec: { ...(poolName === undefined ? {} : { poolName }), ports: [...ports] },
    };
    try {
      const object = await this.#client.create(PortAllocations, draft, { signal });
      this.#allocations.apply(object);
      return { kind: 'ours', object };
    } catch (error) {
      // The cache will show it, and then it is looked at.
      if (isApiError(error, 'alreadyExists')) return { kind: 'waiting' };
      throw error;
    }
  }

  async #update(wanted: WantedAllocation, object: PortAllocation, signal: AbortSignal): Promise<PortAllocation> {
    const { namespace, name, resourceVersion, finalizers: before = [], ownerReferences = [] } = object.metadata;
    const owners = ownerReferences.some(({ uid }) => uid === wanted.owner.uid)
      ? ownerReferences
      : [...ownerReferences, wanted.owner];
    const body = {
      metadata: {
        resourceVersion,
        ownerReferences: owners,
        finalizers: [...new Set([...before, finalizers.release, finalizers.inUse])],
      },
      spec: { ports: wanted.ports },
    };
    const written = await this.#client.patch(
      PortAllocations,
      { namespace, name },
      { type: 'merge', conditional: true, body, signal },
    );
    this.#allocations.apply(written);
    return written;
  }
}
