import { GROUP, podAnnotations, podResults } from '../api/index.ts';

/** What CEL sees of a request: the object as it would be, and as it is. */
type Seen = 'object' | 'oldObject';

/** A text in CEL. */
export function celText(text: string): string {
  return JSON.stringify(text);
}

/** A list of texts in CEL. */
export function celTexts(texts: readonly string[]): string {
  return `[${texts.map(celText).join(', ')}]`;
}

/** CEL: whether the annotations of `object` hold a `key` for which `condition` is true. */
export function someAnnotation(object: Seen, condition: string): string {
  return some(`${object}.metadata.annotations`, condition);
}

/** CEL: whether the labels of `object` hold a `key` for which `condition` is true. */
export function someLabel(object: Seen, condition: string): string {
  return some(`${object}.metadata.labels`, condition);
}

/** CEL: the labels or annotations of `object`, empty where it has none. */
export function keysOn(object: Seen, field: 'labels' | 'annotations'): string {
  return `(has(${object}.metadata.${field}) ? ${object}.metadata.${field} : {})`;
}

/** CEL: the keys in `variable`, as text. */
export function listed(variable: string): string {
  return `${variable}.join(", ")`;
}

/** CEL: whether `key` is in our words. */
export const isOurWord = `key.startsWith(${celText(`${GROUP}/`)})`;

/** CEL: whether `key` is a setting of ours, a result of ours, or RoleBasedGroup's way to ask. */
export const isOurs = `(${isOurWord} || key == ${celText(podAnnotations.rbgPortAllocator)})`;

/** CEL: whether `key` is one that Hostport alone writes on pods. */
export const isResult =
  `(key.startsWith(${celText(podAnnotations.allocatedPrefix)}) || ` + `key in ${celTexts(podResults)})`;

function some(field: string, condition: string): string {
  return `has(${field}) && ${field}.exists(key, ${condition})`;
}
