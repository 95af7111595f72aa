import { invariant } from '../base/result.ts';

/** Who keeps an object alive; of `metav1.OwnerReference`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** What the API server says about every object that it has stored; of `metav1.ObjectMeta`. */
export interface ObjectMeta {
  readonly name: string;
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string;
  readonly uid: string;
  /** Of this version of the object; comparable within one kind, see {@link compareVersions}. */
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly generateName?: string;
  /** Who wrote which field, for server-side apply. Written as `[{}]` it is emptied, and no longer kept. */
  readonly managedFields?: readonly object[];
  readonly generation?: number;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Any stored object, read-only: what was read is shared with other readers, so copy before changing. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** An object as a writer has it: what the API server fills in may be absent, version and kind come from the resource type. */
export type Draft<T extends KubeObject> = Omit<T, 'apiVersion' | 'kind' | 'metadata'> & {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Partial<ObjectMeta>;
};

/** Where one kind is served, and (phantom) what its objects look like. */
export interface ResourceType<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never set: it carries the type of the objects. */
  readonly objects?: T;
}

/** Which object of a kind; the namespace is absent for cluster-scoped kinds. */
export interface ObjectKey {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Tells the client about a kind; for custom resources too. */
export function resourceType<T extends KubeObject>(type: Omit<ResourceType<T>, 'objects'>): ResourceType<T> {
  return type;
}

/** `group/version`, or `version` alone for the core group. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** `namespace/name`, or `name` for what has no namespace: the key of work queues, caches and log lines. */
export function keyOf(object: { readonly metadata: { readonly namespace?: string; readonly name: string } }): string {
  return formatKey(object.metadata);
}

/** The text form of a key; the inverse of {@link parseKey}. */
export function formatKey(key: ObjectKey): string {
  return key.namespace === undefined ? key.name : `${key.namespace}/${key.name}`;
}

/** Reads what {@link formatKey} wrote. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return slash < 0 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** What a URL may point at: a collection, one object, or a subresource of it. */
export interface PathTarget {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The URL path of `target`. One object of a namespaced kind needs its namespace, else {@link InvariantError}. */
export function resourcePath(type: ResourceType, target: PathTarget): string {
  const { namespace, name, subresource } = target;
  invariant(!type.namespaced || name === undefined || namespace, `${type.kind} ${name ?? ''} needs a namespace`);
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const within = type.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const one = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${within}/${type.plural}${one}${subresource ? `/${subresource}` : ''}`;
}

/**
 * Orders two resource versions of one kind: negative when `a` is older. They are integers to be compared by value
 * (KEP-5504); longer means larger, because there are no leading zeros.
 */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
