/** `metav1.OwnerReference`: an object that keeps another one alive. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** `metav1.ObjectMeta` of a stored object. */
export interface ObjectMeta {
  readonly name: string;
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string;
  readonly uid: string;
  /** The version of the object. Versions of one kind can be compared, see {@link compareVersions}. */
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly generateName?: string;
  /**
   * Which manager wrote which field, for server-side apply. Writing `[{}]` clears it, and the API server stops
   * tracking.
   */
  readonly managedFields?: readonly object[];
  readonly generation?: number;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** `metav1.LabelSelector`: selects objects by their labels. An empty one selects every object. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

/** Any stored object. It is read-only, because readers share it: copy it before you change it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/**
 * An object before it is written. Fields that the API server fills in may be absent. Version and kind come from the
 * resource type.
 */
export type Draft<T extends KubeObject> = Omit<T, 'apiVersion' | 'kind' | 'metadata'> & {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Partial<ObjectMeta>;
};

/** Where the API server serves one kind, and (as a phantom type) the type of its objects. */
export interface ResourceType<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never set. It only carries the type of the objects. */
  readonly objects?: T;
}

/** Names one object of a kind. The namespace is absent for cluster-scoped kinds. */
export interface ObjectKey {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** `group/version`, or `version` alone for the core group. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** `namespace/name`, or `name` for cluster-scoped objects: the key in work queues, caches and log lines. */
export function keyOf(object: { readonly metadata: { readonly namespace?: string; readonly name: string } }): string {
  return formatKey(object.metadata);
}

/** `key` as text; the inverse of {@link parseKey}. */
export function formatKey(key: ObjectKey): string {
  return key.namespace === undefined ? key.name : `${key.namespace}/${key.name}`;
}

/** Parses the text that {@link formatKey} makes. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return slash < 0 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/**
 * Compares two resource versions of one kind: negative when `a` is older. Versions are integers that are compared by
 * value (KEP-5504). They have no leading zeros, so the longer one is larger.
 */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * A wall-clock time as `metav1.MicroTime`. The API server refuses it without six decimal places.
 * @param epochMs milliseconds since the epoch
 */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}

/**
 * A wall-clock time as `metav1.Time`, in whole seconds.
 * @param epochMs milliseconds since the epoch
 */
export function secondTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
