const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * A stable, well-mixed 32-bit hash of a sequence of texts: FNV-1a (Fowler, Noll, Vo) with the finisher of
 * MurmurHash3, since FNV's low bits alone are poor. Unsigned; the same on every replica and in every version.
 */
export function hashTexts(first: string, second: string): number {
  let hash = fold(fold(OFFSET_BASIS, first), second);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Folds a text into a hash, with a separator, so that ("a", "bc") and ("ab", "c") differ. */
function fold(start: number, text: string): number {
  let hash = start;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  return Math.imul(hash ^ 0xff, PRIME);
}
