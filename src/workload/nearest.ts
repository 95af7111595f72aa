/** What somebody who wrote `text` may have meant: of `known` the one with the fewest edits, if they are few. */
export function nearest(text: string, known: readonly string[]): string | undefined {
  const plain = text.toLowerCase().replaceAll(/[-_.]/g, '');
  const words = known.map((word) => ({ word, letters: word.replaceAll('-', ''), few: Math.max(1, word.length / 3) }));
  // Each letter too many is an edit, and anybody may write a text of megabytes.
  const close = words.filter(({ letters, few }) => Math.abs(plain.length - letters.length) <= few);
  const scored = close.map((each) => ({ ...each, edits: edits(plain, each.letters) }));
  const [best] = scored.sort((left, right) => left.edits - right.edits);
  return best !== undefined && best.edits <= best.few ? best.word : undefined;
}

/** How many letters must be put in, taken out or changed to make `to` of `from` (Levenshtein). */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let line = 0; line < from.length; line++) {
    const next = [line + 1];
    for (let at = 0; at < to.length; at++) {
      const [left = 0, above = 0, diagonal = 0] = [next[at], row[at + 1], row[at]];
      next.push(Math.min(left + 1, above + 1, diagonal + (from[line] === to[at] ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
