import { ApiError, isApiError } from '../kube/index.ts';
import type { ClusterClient, ResourceType } from '../kube/index.ts';
import { holderKind } from '../core/index.ts';
import type { Holder } from '../core/index.ts';

/**
 * Whether holders still exist, asked of the API server itself: a cache may be behind. In doubt a holder is alive,
 * because a leaked number can be mended and one that was given twice cannot.
 */
export class Liveness {
  readonly #client: ClusterClient;
  readonly #types: ReadonlyMap<string, ResourceType>;

  /** @param types the kinds that can hold numbers */
  constructor(client: ClusterClient, types: readonly ResourceType[]) {
    this.#client = client;
    this.#types = new Map(types.map((type) => [holderKind(type), type]));
  }

  /** True only when the API server says that there is no such object, or that the name belongs to another one. */
  async isGone(holder: Holder, signal: AbortSignal): Promise<boolean> {
    const type = this.#types.get(holderKind(holder));
    if (type === undefined) return false;
    try {
      const { namespace, name } = holder;
      const found = await this.#client.find(type, { name, ...(type.namespaced ? { namespace } : {}) }, { signal });
      return found === undefined || found.metadata.uid !== holder.uid;
    } catch (error) {
      if (error instanceof ApiError && !isApiError(error, 'notFound')) return false;
      throw error;
    }
  }
}
