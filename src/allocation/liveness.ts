import pMap from 'p-map';
import { holderKind } from '../core/index.ts';
import type { Holder } from '../core/index.ts';
import { ApiError, isApiError, isUnreadable } from '../kube/index.ts';
import type { ClusterClient, KubeObject, ResourceType } from '../kube/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { DomainKey } from '../ledger/index.ts';

/** A kind of object that can hold numbers. */
export interface HolderKind {
  readonly type: ResourceType;
  /** The object's name, if it differs from the holder's. */
  readonly nameOf?: (holder: Holder) => string;
  /** Whether `object`, a controller whose pods share numbers, still creates pods with the port `port`. Absent: it may. */
  readonly asksFor?: (object: KubeObject, port: string) => boolean;
  /** Whether `object`, which has the name, still is the holder in the domain `key`. Absent: if its UID is the holder's. */
  readonly isHolder?: (object: KubeObject, holder: Holder, key: DomainKey) => boolean;
  /** Whether something still uses the numbers although the object is gone. Absent: nothing does. */
  readonly isSurvived?: (client: ClusterClient, holder: Holder, signal: AbortSignal) => Promise<boolean>;
}

/**
 * Finds out whether holders still exist, from the API server itself, because a cache may be behind. If the API server
 * doesn't answer, a holder counts as existing: a number that leaked can be released later, but a number with two holders
 * can't be repaired.
 */
export class Liveness {
  readonly #client: ClusterClient;
  readonly #kinds: ReadonlyMap<string, HolderKind>;

  /** @param kinds the kinds that can hold numbers */
  constructor(client: ClusterClient, kinds: readonly HolderKind[]) {
    this.#client = client;
    this.#kinds = new Map(kinds.map((kind) => [holderKind(kind.type), kind]));
  }

  /** True only if the API server says that no object of this kind has the holder's name. */
  async isNameFree(holder: Holder, signal: AbortSignal): Promise<boolean> {
    return this.#isMissing(holder, () => true, signal);
  }

  /**
   * True only if the API server says that there is no such object, that the name belongs to another one, or that the
   * object holds nothing in the domain `key` (a pod on another node); and that nothing is left that uses its numbers.
   */
  async isGone(holder: Holder, signal: AbortSignal, key: DomainKey = CLUSTER): Promise<boolean> {
    const { isHolder = hasUid } = this.#kinds.get(holderKind(holder)) ?? {};
    const isMissing = await this.#isMissing(holder, (found) => isHolder(found, holder, key), signal);
    return isMissing && !(await this.#isSurvived(holder, signal));
  }

  /**
   * True only if the API server says that the object of this name is the holder. All other objects of the name are gone
   * then.
   */
  async isThere(holder: Holder, signal: AbortSignal): Promise<boolean> {
    const { type } = this.#kinds.get(holderKind(holder)) ?? {};
    if (type === undefined) return false;
    try {
      const found = await this.#client.find(type, { namespace: holder.namespace, name: holder.name }, { signal });
      return found !== undefined && hasUid(found, holder);
    } catch (error) {
      if (error instanceof ApiError) return false;
      throw error;
    }
  }

  /**
   * Those of `ports` for which `holder`, a controller of pods, keeps its numbers although none of its pods uses them:
   * the ports with which it still creates pods. If the controller can't be read, it keeps numbers only while its pods
   * use them.
   */
  async asksFor(holder: Holder, ports: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    const kind = this.#kinds.get(holderKind(holder));
    if (kind === undefined) return [];
    try {
      const { type, asksFor } = kind;
      const found = await this.#client.find(type, { namespace: holder.namespace, name: holder.name }, { signal });
      if (found?.metadata.uid !== holder.uid) return [];
      return asksFor === undefined ? ports : ports.filter((port) => asksFor(found, port));
    } catch (error) {
      if (isUnreadable(error)) return [];
      if (error instanceof ApiError) return ports;
      throw error;
    }
  }

  async #isSurvived(holder: Holder, signal: AbortSignal): Promise<boolean> {
    try {
      return (await this.#kinds.get(holderKind(holder))?.isSurvived?.(this.#client, holder, signal)) ?? false;
    } catch (error) {
      if (error instanceof ApiError) return true;
      throw error;
    }
  }

  async #isMissing(holder: Holder, isIt: (found: KubeObject) => boolean, signal: AbortSignal): Promise<boolean> {
    const kind = this.#kinds.get(holderKind(holder));
    if (kind === undefined) return false;
    const { type, nameOf } = kind;
    try {
      const key = {
        name: nameOf?.(holder) ?? holder.name,
        ...(type.namespaced ? { namespace: holder.namespace } : {}),
      };
      const found = await this.#client.find(type, key, { signal });
      return found === undefined || !isIt(found);
    } catch (error) {
      if (error instanceof ApiError && !isApiError(error, 'notFound')) return false;
      throw error;
    }
  }
}

function hasUid({ metadata }: KubeObject, { uid }: Holder): boolean {
  return metadata.uid === uid;
}

/**
 * How long a holder must be gone before its numbers are released, in milliseconds. The API server is asked twice, so
 * that one wrong answer releases nothing.
 */
export const SECOND_LOOK_MS = 5_000;

/** How many holders are asked for at once. */
const ASKED_AT_ONCE = 8;

/** A holder with numbers in a domain that isn't seen any more. */
export interface UnseenHolder {
  readonly holder: Holder;
  readonly key: DomainKey;
}

/** Those of `unseen` for which `isGone` is true. */
export async function goneOf<T extends UnseenHolder>(
  unseen: readonly T[],
  isGone: (holder: T) => Promise<boolean>,
): Promise<readonly T[]> {
  const answers = await pMap(unseen, isGone, { concurrency: ASKED_AT_ONCE });
  return unseen.filter((_, index) => answers[index]);
}
