import { distance } from 'fastest-levenshtein';

/** What somebody who wrote `text` may have meant: of `known` the one with the fewest edits, if they are few. */
export function nearest(text: string, known: readonly string[]): string | undefined {
  const plain = text.toLowerCase().replaceAll(/[-_.]/g, '');
  const words = known.map((word) => ({ word, letters: word.replaceAll('-', ''), few: Math.max(1, word.length / 3) }));
  // Each letter too many is an edit, and anybody may write a text of megabytes.
  const close = words.filter(({ letters, few }) => Math.abs(plain.length - letters.length) <= few);
  const scored = close.map((each) => ({ ...each, edits: distance(plain, each.letters) }));
  const [best] = scored.sort((left, right) => left.edits - right.edits);
  return best !== undefined && best.edits <= best.few ? best.word : undefined;
}
