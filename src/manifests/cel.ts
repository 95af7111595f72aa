import { KEY_PREFIX, podAnnotations, podResults, RBG_GROUP } from '../api/index.ts';

/** The objects of a request that CEL knows: the new one, and the present one. */
type RequestObject = 'object' | 'oldObject';

/** A CEL string. */
export function celString(text: string): string {
  return JSON.stringify(text);
}

/** A CEL list of strings. */
export function celList(texts: readonly string[]): string {
  return `[${texts.map(celString).join(', ')}]`;
}

/** CEL: whether the annotations of `object` have a `key` for which `condition` is true. */
export function someAnnotation(object: RequestObject, condition: string): string {
  return some(`${object}.metadata.annotations`, condition);
}

/** CEL: whether the labels of `object` have a `key` for which `condition` is true. */
export function someLabel(object: RequestObject, condition: string): string {
  return some(`${object}.metadata.labels`, condition);
}

/** CEL: the labels or annotations of `object`; empty if it has none. */
export function mapOf(object: RequestObject, field: 'labels' | 'annotations'): string {
  return `(has(${object}.metadata.${field}) ? ${object}.metadata.${field} : {})`;
}

/** CEL: the strings in the list `variable`, as one text with commas between them. */
export function celJoined(variable: string): string {
  return `${variable}.join(", ")`;
}

/** CEL: whether `key` has the prefix of Hostport's labels and annotations. */
export const hasOwnPrefix = `key.startsWith(${celString(KEY_PREFIX)})`;

/** CEL: whether `key` is a setting or a result of Hostport, or RoleBasedGroup's name for a setting. */
export const isOwnKey = `(${hasOwnPrefix} || key == ${celString(podAnnotations.rbgPortAllocator)})`;

/** CEL: whether the pod `object` belongs to RoleBasedGroup, which gives it its ports itself. */
const isOfRbg =
  'has(object.metadata.ownerReferences) && object.metadata.ownerReferences.exists(owner, has(owner.controller) && ' +
  `owner.controller && owner.apiVersion.startsWith(${celString(`${RBG_GROUP}/`)}))`;

/** CEL: whether `key` of the new pod is RoleBasedGroup's name for a setting, and the pod isn't RoleBasedGroup's. */
export const isRbgKeyForUs = `(key == ${celString(podAnnotations.rbgPortAllocator)} && !(${isOfRbg}))`;

/** CEL: whether `key` of the new pod is a setting or a result of Hostport. */
export const isOwnKeyOfNewPod = `(${hasOwnPrefix} || ${isRbgKeyForUs})`;

/** CEL: whether only Hostport writes `key` on pods. */
export const isResult = `(key.startsWith(${celString(podAnnotations.allocatedPrefix)}) || key in ${celList(podResults)})`;

function some(field: string, condition: string): string {
  return `has(${field}) && ${field}.exists(key, ${condition})`;
}
