import { isApiError } from '../kube/index.ts';
import type { ClusterClient, Draft, KubeObject, ResourceCache, ResourceType } from '../kube/index.ts';
import { inParallel } from './in-parallel.ts';

/** What a writer is made of. */
export interface WriterParts<T extends KubeObject> {
  readonly client: ClusterClient;
  readonly type: ResourceType<T>;
  readonly cache: ResourceCache<T>;
  /** Requests that run at once. */
  readonly atOnce: number;
}

/** An object that lives in a namespace. */
export interface Target {
  readonly namespace: string;
  readonly name: string;
}

/** Writes objects of one kind. What the API server acknowledged is read back from the cache at once. */
export class Writer<T extends KubeObject> {
  readonly #parts: WriterParts<T>;

  constructor(parts: WriterParts<T>) {
    this.#parts = parts;
  }

  /** Runs `task` for each of `items`, as many at once as the writer may. */
  each<I>(items: readonly I[], task: (item: I) => Promise<unknown>): Promise<void> {
    return inParallel(items, this.#parts.atOnce, async (item) => {
      await task(item);
    });
  }

  async create(draft: Draft<T>, signal: AbortSignal): Promise<void> {
    const { client, type, cache } = this.#parts;
    cache.apply(await client.create(type, draft, { signal }));
  }

  /** Creates an object. One that is there already is no fault: somebody was faster, and the cache will show it. */
  async createUnlessThere(draft: Draft<T>, signal: AbortSignal): Promise<void> {
    try {
      await this.create(draft, signal);
    } catch (error) {
      if (!isApiError(error, 'alreadyExists')) throw error;
    }
  }

  /** Deletes an object, if it is still the one with `uid`, and of this version if one is named. */
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

  /** Writes an object as a whole, on the version that it was read in. */
  async replace(object: T, signal: AbortSignal): Promise<void> {
    const { client, type, cache } = this.#parts;
    cache.apply(await client.replace(type, object, { signal }));
  }

  /** Merges `body` into an object. */
  async merge({ namespace, name }: Target, body: object, signal: AbortSignal): Promise<void> {
    const { client, type, cache } = this.#parts;
    cache.apply(await client.patch(type, { namespace, name }, { type: 'merge', body, signal }));
  }

  /** Merges `metadata` into an object that nobody may have changed since: it has the resource version. */
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

  /** Only we write the status; the spec may have changed since, which the observed generation says. */
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
