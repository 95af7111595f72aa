import type { Fence } from '../base/fence.ts';
import type { Draft, KubeObject, ObjectKey, ResourceType } from './resource.ts';

/** The options of every call. */
export interface CallOptions {
  /** Cancels the call, which then throws `CancelledError`. */
  readonly signal: AbortSignal;
  /** The time for one attempt, in milliseconds; default 15,000. */
  readonly timeoutMs?: number;
  /**
   * For how long the call may be repeated, in milliseconds; default 30,000, and 0 means a single attempt. Reads are
   * repeated after network trouble, 429 and 5xx. Writes are repeated only after 429, because after any other failure
   * the write may have been done.
   */
  readonly retryForMs?: number;
  /**
   * Checked when an attempt has its connection, just before it is sent. While the fence is closed the call isn't sent,
   * and throws `FencedError`.
   */
  readonly fence?: Fence;
}

/** Which objects of a kind are meant. */
export interface Selection {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/**
 * How to list. Without a resource version the list is consistent: it contains every write that was acknowledged before
 * the call.
 */
export interface ListOptions<T extends KubeObject = KubeObject> extends CallOptions, Selection {
  /** How many objects are requested at once; default 100. */
  readonly pageSize?: number;
  /** `"0"` accepts whatever the API server has in memory, which may be out of date. */
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'NotOlderThan' | 'Exact';
  /** Which objects belong to the answer. The others are dropped together with their page. Default: all. */
  readonly keep?: (object: T) => boolean;
  /**
   * Returns the part of an object that belongs to the answer. The rest is dropped together with its page. Default: the
   * whole object.
   */
  readonly trim?: (object: T) => T;
}

/** All objects of a selection at one resource version. `apiVersion` and `kind` are filled in. */
export interface ObjectList<T extends KubeObject> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

/** The options of every write. */
export interface WriteOptions extends CallOptions {
  readonly subresource?: 'status' | 'scale';
  readonly fieldManager?: string;
  /** The API server checks the write and answers, but stores nothing. */
  readonly dryRun?: boolean;
  /** The API server refuses unknown fields by their paths instead of dropping them (`fieldValidation=Strict`). */
  readonly strict?: boolean;
  /** The answer has only the metadata. For large objects, whose content the writer knows. */
  readonly metadataOnly?: boolean;
}

/** What a write returns: only the metadata if `metadataOnly` is set, otherwise the whole object. */
export type Answer<T extends KubeObject, O extends WriteOptions> = O extends { metadataOnly: true } ? KubeObject : T;

/** One step of a JSON Patch (RFC 6902). */
export interface JsonPatchStep {
  readonly op: 'add' | 'remove' | 'replace' | 'test' | 'move' | 'copy';
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** A change of one object. */
export type Patch =
  | {
      readonly type: 'merge';
      readonly body: object;
      /**
       * The patch must have `body.metadata.resourceVersion`, otherwise `InvariantError`. Without a version it would
       * overwrite whatever is stored.
       */
      readonly conditional?: boolean;
    }
  | { readonly type: 'json'; readonly body: readonly JsonPatchStep[] }
  /** Server-side apply, which needs `fieldManager`. `force` takes over fields that other managers own. */
  | { readonly type: 'apply'; readonly body: object; readonly fieldManager: string; readonly force?: boolean };

/** How to delete. */
export interface RemoveOptions extends CallOptions {
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  /** The object must have this UID and this version, otherwise the API server answers `conflict`. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly gracePeriodSeconds?: number;
}

/** How to watch. */
export interface WatchOptions extends Selection {
  readonly signal: AbortSignal;
  /**
   * The version after which the watch starts. Absent: the watch starts with every object that exists, one by one, and a
   * bookmark ends this part (a streamed list, KEP-3157).
   */
  readonly resourceVersion?: string | undefined;
  /** The API server ends the watch after this long, in seconds; default 300. */
  readonly timeoutSeconds?: number;
  /**
   * The watch counts as dead after this long without a byte. Default 100,000 ms: the API server sends a bookmark every
   * minute.
   */
  readonly silenceMs?: number;
  /** Called when the API server has accepted the watch. */
  readonly onOpen?: () => void;
}

/**
 * One event of a watch. A bookmark says that everything up to its version has been sent; one of them also ends a
 * streamed list.
 */
export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly endsList: boolean };

/**
 * A typed client of the API server. Every method throws `ApiError` when the API server refuses or doesn't answer, and
 * `CancelledError` when the signal aborts. A write that ends in `unavailable` may have been done.
 */
export interface ClusterClient {
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, options: CallOptions): Promise<T>;

  /** Like {@link get}, but returns undefined when the object doesn't exist. */
  find<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, options: CallOptions): Promise<T | undefined>;

  /**
   * All pages of a selection. If the list's version expires between two pages, the list is requested again as a single
   * page.
   */
  list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions<T>): Promise<ObjectList<T>>;

  /** Creates `object` in its `metadata.namespace`. `metadata.generateName` may stand in place of the name. */
  create<T extends KubeObject, const O extends WriteOptions>(
    type: ResourceType<T>,
    object: Draft<T>,
    options: O,
  ): Promise<Answer<T, O>>;

  /**
   * Replaces the version that `object.metadata.resourceVersion` names. Throws `InvariantError` when there is none, or
   * "0".
   */
  replace<T extends KubeObject, const O extends WriteOptions>(
    type: ResourceType<T>,
    object: Draft<T>,
    options: O,
  ): Promise<Answer<T, O>>;

  patch<T extends KubeObject, const O extends WriteOptions>(
    type: ResourceType<T>,
    key: ObjectKey,
    change: Patch & O,
  ): Promise<Answer<T, O>>;

  /** Requests the deletion. Finalizers may delay it. */
  remove(type: ResourceType, key: ObjectKey, options: RemoveOptions): Promise<void>;

  /**
   * Opens one watch. It ends when the API server ends it. It throws `ApiError`: `gone` when the version is too old
   * (list again), `invalid` when the API server doesn't support streamed lists and one was requested, `unavailable`
   * when the connection is lost or silent. Leaving the loop closes the connection.
   */
  watch<T extends KubeObject>(type: ResourceType<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;

  /** The text at a path that isn't a resource, such as `/readyz` or `/version`. */
  raw(path: string, options: CallOptions): Promise<string>;

  /** Posts to a subresource, such as `token` of a ServiceAccount or `binding` of a Pod, and returns the answer. */
  createSubresource(
    type: ResourceType,
    key: ObjectKey,
    request: SubresourceRequest,
  ): Promise<Readonly<Record<string, unknown>>>;
}

/** What is posted to a subresource, and where. */
export interface SubresourceRequest extends CallOptions {
  readonly subresource: string;
  readonly body: object;
}
