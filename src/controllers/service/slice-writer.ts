import { EndpointSlices, isApiError } from '../../kube/index.ts';
import type { ClusterClient, Draft, EndpointSlice, ResourceCache } from '../../kube/index.ts';
import { inParallel } from '../../roles/index.ts';
import type { Decision } from './decide.ts';

/** How many requests for one Service run at once. */
const AT_ONCE = 16;

/** Writes slices; the cache shows what was written at once. */
export class SliceWriter {
  readonly #client: ClusterClient;
  readonly #slices: ResourceCache<EndpointSlice>;

  constructor(client: ClusterClient, slices: ResourceCache<EndpointSlice>) {
    this.#client = client;
    this.#slices = slices;
  }

  /** Creates before it deletes: an endpoint that moves is never missing. */
  async apply({ create, replace, remove }: Decision, signal: AbortSignal): Promise<void> {
    await inParallel(create, AT_ONCE, (draft) => this.#create(draft, signal));
    await inParallel(replace, AT_ONCE, (draft) => this.#replace(draft, signal));
    await inParallel(remove, AT_ONCE, (slice) => this.#remove(slice, signal));
  }

  async #make(draft: Draft<EndpointSlice>, signal: AbortSignal): Promise<void> {
    this.#slices.apply(await this.#client.create(EndpointSlices, draft, { signal }));
  }

  async #create(draft: Draft<EndpointSlice>, signal: AbortSignal): Promise<void> {
    try {
      await this.#make(draft, signal);
    } catch (error) {
      if (!isApiError(error, 'alreadyExists')) throw error;
      await this.#takeBack(draft, signal);
    }
  }

  /**
   * A slice whose name contains a hash of the Service's UID belongs to Hostport: somebody removed the label by which it
   * is seen.
   */
  async #takeBack(draft: Draft<EndpointSlice>, signal: AbortSignal): Promise<void> {
    const { namespace, name = '' } = draft.metadata;
    const there = await this.#client.find(EndpointSlices, { namespace, name }, { signal });
    if (there?.addressType !== draft.addressType) {
      if (there !== undefined) await this.#remove(there, signal);
      return this.#make(draft, signal);
    }
    const { uid, resourceVersion } = there.metadata;
    await this.#replace({ ...draft, metadata: { ...draft.metadata, uid, resourceVersion } }, signal);
  }

  async #replace(draft: Draft<EndpointSlice>, signal: AbortSignal): Promise<void> {
    this.#slices.apply(await this.#client.replace(EndpointSlices, draft, { signal }));
  }

  async #remove({ metadata }: EndpointSlice, signal: AbortSignal): Promise<void> {
    const { namespace, name, uid } = metadata;
    try {
      await this.#client.remove(EndpointSlices, { namespace, name }, { preconditions: { uid }, signal });
    } catch (error) {
      if (!isApiError(error, 'notFound', 'conflict')) throw error;
    }
  }
}
