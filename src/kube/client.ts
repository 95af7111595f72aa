import type { Fence } from '../base/fence.ts';
import type { Draft, KubeObject, ObjectKey, ResourceType } from './resource.ts';

/** What every call takes. */
export interface CallOptions {
  /** Gives the call up, with `CancelledError`. */
  readonly signal: AbortSignal;
  /** Time for one attempt in milliseconds; default 15,000. */
  readonly timeoutMs?: number;
  /**
   * How long the call may be tried again, in milliseconds; default 30,000, 0 tries once. Reads are tried again after
   * network trouble, 429 and 5xx; writes after 429 alone, because anything else may have been done.
   */
  readonly retryForMs?: number;
  /** Looked at when an attempt has its connection, just before it is sent: closed, it is not, with `FencedError`. */
  readonly fence?: Fence;
}

/** Which objects of a kind. */
export interface Selection {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** How to list. Without a resource version the answer is consistent: it shows every write acknowledged before the call. */
export interface ListOptions<T extends KubeObject = KubeObject> extends CallOptions, Selection {
  /** Objects asked for at once; default 100. */
  readonly pageSize?: number;
  /** `"0"` takes whatever the API server has in memory, which may be old. */
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'NotOlderThan' | 'Exact';
  /** Which objects are in the answer; the others are forgotten with their page. Default: all. */
  readonly keep?: (object: T) => boolean;
  /** What of these is in the answer; the rest is forgotten with their page. Default: everything. */
  readonly trim?: (object: T) => T;
}

/** All objects of a selection, as of one resource version; `apiVersion` and `kind` are filled in. */
export interface ObjectList<T extends KubeObject> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

/** What every write takes. */
export interface WriteOptions extends CallOptions {
  readonly subresource?: 'status' | 'scale';
  readonly fieldManager?: string;
  /** Checks and shows, stores nothing. */
  readonly dryRun?: boolean;
  /** Fields that the API server doesn't know are refused by their paths instead of dropped (`fieldValidation=Strict`). */
  readonly strict?: boolean;
  /** The answer is only the metadata: for large objects whose content the writer knows. */
  readonly metadataOnly?: boolean;
}

/** What a write answers. */
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
      /** Insists on `body.metadata.resourceVersion`, else `InvariantError`: without it the patch overwrites whatever is there. */
      readonly conditional?: boolean;
    }
  | { readonly type: 'json'; readonly body: readonly JsonPatchStep[] }
  /** Server-side apply; needs `fieldManager`. `force` takes fields over from other managers. */
  | { readonly type: 'apply'; readonly body: object; readonly fieldManager: string; readonly force?: boolean };

/** How to delete. */
export interface RemoveOptions extends CallOptions {
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  /** The object must be this one, in this version; else `conflict`. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly gracePeriodSeconds?: number;
}

/** How to watch. */
export interface WatchOptions extends Selection {
  readonly signal: AbortSignal;
  /** Where to go on. Absent: with what there is, one object after the other (a streamed list, KEP-3157), which a bookmark ends. */
  readonly resourceVersion?: string | undefined;
  /** After how long the server ends the watch; default 300 s. */
  readonly timeoutSeconds?: number;
  /** After how long without any byte the watch counts as dead; default 100,000 ms (bookmarks come every minute). */
  readonly silenceMs?: number;
  /** Called when the server has accepted the watch. */
  readonly onOpen?: () => void;
}

/** What a watch tells. A bookmark says that everything up to its version was told; one of them also ends a streamed list. */
export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly endsList: boolean };

/**
 * The API server, typed. Everything throws `ApiError` for what the server refused or didn't answer, and
 * `CancelledError` when the signal aborts. A write that ends in `unavailable` may have happened.
 */
export interface ClusterClient {
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, options: CallOptions): Promise<T>;

  /** As {@link get}, but undefined where there is nothing. */
  find<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, options: CallOptions): Promise<T | undefined>;

  /** All pages of a selection. A list that expires while it is paged is asked for again in one piece. */
  list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions<T>): Promise<ObjectList<T>>;

  /** Creates `object` in its `metadata.namespace`; `metadata.generateName` may stand for the name. */
  create<T extends KubeObject, const O extends WriteOptions>(
    type: ResourceType<T>,
    object: Draft<T>,
    options: O,
  ): Promise<Answer<T, O>>;

  /** Overwrites the version that `object.metadata.resourceVersion` names; without one (or with "0") `InvariantError`. */
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

  /** Asks for the deletion; finalizers may delay it. */
  remove(type: ResourceType, key: ObjectKey, options: RemoveOptions): Promise<void>;

  /**
   * Opens one watch. It ends when the server ends it, and throws `ApiError`: `gone` when the version is too old (list
   * again), `invalid` when a streamed list was asked of a server that has none, `unavailable` when the connection is lost or
   * silent. Leaving the loop closes the connection.
   */
  watch<T extends KubeObject>(type: ResourceType<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;

  /** The text of a path that is no resource, such as `/readyz` or `/version`. */
  raw(path: string, options: CallOptions): Promise<string>;

  /** Posts to a subresource such as `token` of a ServiceAccount or `binding` of a Pod, and gives what was answered. */
  createSubresource(
    type: ResourceType,
    key: ObjectKey,
    request: SubresourceRequest,
  ): Promise<Readonly<Record<string, unknown>>>;
}

/** What is posted to a subresource. */
export interface SubresourceRequest extends CallOptions {
  readonly subresource: string;
  readonly body: object;
}
