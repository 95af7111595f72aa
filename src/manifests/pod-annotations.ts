import { KEY_PREFIX, RBG_GROUP, podAnnotations, podResults } from '../api/index.ts';

/** The objects that CEL sees in a request: the new one, and the present one. */
type Seen = 'object' | 'oldObject';

/** A CEL string. */
export function celText(text: string): string {
  return JSON.stringify(text);
}

/** A CEL list of strings. */
export function celTexts(texts: readonly string[]): string {
  return `[${texts.map(celText).join(', ')}]`;
}

/** CEL: whether the annotations of `object` have a `key` for which `condition` is true. */
export function someAnnotation(object: Seen, condition: string): string {
  return some(`${object}.metadata.annotations`, condition);
}

/** CEL: whether the labels of `object` have a `key` for which `condition` is true. */
export function someLabel(object: Seen, condition: string): string {
  return some(`${object}.metadata.labels`, condition);
}

/** CEL: the labels or annotations of `object`; empty if it has none. */
export function keysOn(object: Seen, field: 'labels' | 'annotations'): string {
  return `(has(${object}.metadata.${field}) ? ${object}.metadata.${field} : {})`;
}

/** CEL: the keys in `variable`, as text. */
export function listed(variable: string): string {
  return `${variable}.join(", ")`;
}

/** CEL: whether `key` has the prefix of Hostport. */
export const isOurWord = `key.startsWith(${celText(KEY_PREFIX)})`;

/** CEL: whether `key` is a setting or a result of Hostport, or RoleBasedGroup's name for a setting. */
export const isOurs = `(${isOurWord} || key == ${celText(podAnnotations.rbgPortAllocator)})`;

/** CEL: whether RoleBasedGroup controls the pod `object`, and so gives it its ports itself. */
const isOfRbg =
  'has(object.metadata.ownerReferences) && object.metadata.ownerReferences.exists(owner, has(owner.controller) && ' +
  `owner.controller && owner.apiVersion.startsWith(${celText(`${RBG_GROUP}/`)}))`;

/** CEL: whether `key` of the new pod is RoleBasedGroup's name for a setting, and means Hostport. */
export const isRbgSetting = `(key == ${celText(podAnnotations.rbgPortAllocator)} && !(${isOfRbg}))`;

/** CEL: whether `key` of the new pod is a setting or a result of Hostport. */
export const asksUs = `(${isOurWord} || ${isRbgSetting})`;

/** CEL: whether only Hostport writes `key` on pods. */
export const isResult =
  `(key.startsWith(${celText(podAnnotations.allocatedPrefix)}) || ` + `key in ${celTexts(podResults)})`;

function some(field: string, condition: string): string {
  return `has(${field}) && ${field}.exists(key, ${condition})`;
}
