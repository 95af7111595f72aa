import { isApiError } from '../kube/index.ts';
import type { ClusterClient, Draft, KubeObject, OwnerReference, ResourceCache, ResourceType } from '../kube/index.ts';
import { inParallel } from './in-parallel.ts';

/** The parts that a {@link Writer} works with. */
interface WriterParts<T extends KubeObject> {
  readonly client: ClusterClient;
  readonly type: ResourceType<T>;
  readonly cache: ResourceCache<T>;
  /** The largest number of requests that run at once. */
  readonly atOnce: number;
}

/** Names an object in a namespace. */
interface Target {
  readonly namespace: string;
  readonly name: string;
}

/** Writes objects of one kind. The cache shows each write as soon as the API server has acknowledged it. */
export class Writer<T extends KubeObject> {
  readonly #parts: WriterParts<T>;

  constructor(parts: WriterParts<T>) {
    this.#parts = parts;
  }

  /** Runs `task` for each of `items`, at most `atOnce` at a time. All are tried; the first error is thrown at the end. */
  each<I>(items: readonly I[], task: (item: I) => Promise<unknown>): Promise<void> {
    return inParallel(items, this.#parts.atOnce, async (item) => {
      await task(item);
    });
  }

  /** Creates an object. */
  async create(draft: Draft<T>, signal: AbortSignal): Promise<void> {
    const { client, type, cache } = this.#parts;
    cache.apply(await client.create(type, draft, { signal }));
  }

  /** Creates an object. An object of the name that exists already is no error: the cache will show it. */
  async createUnlessThere(draft: Draft<T>, signal: AbortSignal): Promise<void> {
    try {
      await this.create(draft, signal);
    } catch (error) {
      if (!isApiError(error, 'alreadyExists')) throw error;
    }
  }

  /**
   * Deletes an object, if it still has `uid`, and `resourceVersion` where one is given. An object that is gone or was changed
   * is no error.
   */
  async remove(
    { namespace, name, uid, resourceVersion }: Target & { readonly uid: string; readonly resourceVersion?: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { client, type } = this.#parts;
    const preconditions = { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    try {
      await client.remove(type, { namespace, name }, { preconditions, signal });
    } catch (error) {
      if (!isApiError(error, 'notFound', 'conflict')) throw error;
    }
  }

  /** Replaces an object. @throws a conflict when it was changed since it was read */
  async replace(object: T, signal: AbortSignal): Promise<void> {
    const { client, type, cache } = this.#parts;
    cache.apply(await client.replace(type, object, { signal }));
  }

  /** Merges `body` into an object (a JSON merge patch). */
  async merge({ namespace, name }: Target, body: object, signal: AbortSignal): Promise<void> {
    const { client, type, cache } = this.#parts;
    cache.apply(await client.patch(type, { namespace, name }, { type: 'merge', body, signal }));
  }

  /** Merges `metadata`, with its resource version, into an object. @throws a conflict when the object was changed since */
  async mergeUnchanged(
    { namespace, name }: Target,
    metadata: Pick<KubeObject['metadata'], 'resourceVersion'> & Partial<KubeObject['metadata']>,
    signal: AbortSignal,
  ): Promise<T> {
    const { client, type, cache } = this.#parts;
    const change = { type: 'merge', conditional: true, body: { metadata }, signal } as const;
    const written: T = await client.patch(type, { namespace, name }, change);
    cache.apply(written);
    return written;
  }

  /**
   * Merges `status` into the status of an object. Only Hostport writes this status, so the write is unconditional; the spec may
   * have changed since, which `observedGeneration` shows.
   */
  async writeStatus(
    { namespace, name, uid }: Target & { readonly uid: string },
    status: object,
    signal: AbortSignal,
  ): Promise<T> {
    const { client, type, cache } = this.#parts;
    const body = { metadata: { uid }, status };
    const change = { type: 'merge', body, subresource: 'status', signal } as const;
    const written: T = await client.patch(type, { namespace, name }, change);
    cache.apply(written);
    return written;
  }
}

type Owner = Pick<KubeObject, 'apiVersion' | 'kind'> & {
  readonly metadata: Pick<KubeObject['metadata'], 'name' | 'uid'>;
};

/**
 * The owner reference to `owner` in an object that it controls. It doesn't block the owner's deletion: objects that have to
 * wait have a finalizer of their own, and in a foreground deletion owner and object would otherwise wait for each other.
 */
export function ownerReferenceTo({ apiVersion, kind, metadata: { name, uid } }: Owner): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: false };
}
