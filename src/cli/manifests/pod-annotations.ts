import { GROUP, podAnnotations, podResults } from '../../api/index.ts';

/** A text in CEL. */
export function celText(text: string): string {
  return JSON.stringify(text);
}

/** A list of texts in CEL. */
export function celTexts(texts: readonly string[]): string {
  return `[${texts.map(celText).join(', ')}]`;
}

/** CEL: whether the annotations of `object` hold a `key` for which `condition` is true. */
export function someAnnotation(object: 'object' | 'oldObject', condition: string): string {
  const annotations = `${object}.metadata.annotations`;
  return `has(${annotations}) && ${annotations}.exists(key, ${condition})`;
}

/** CEL: whether `key` is a setting of ours, a result of ours, or RoleBasedGroup's way to ask. */
export const isOurs = `key.startsWith(${celText(`${GROUP}/`)}) || key == ${celText(podAnnotations.rbgPortAllocator)}`;

/** CEL: whether `key` is one that Hostport alone writes on pods. */
export const isResult =
  `(key.startsWith(${celText(podAnnotations.allocatedPrefix)}) || ` + `key in ${celTexts(podResults)})`;
