import { createPatch } from 'rfc6902';
import type { Operation } from 'rfc6902';
import type { Pod } from '../kube/index.ts';

export type { Operation } from 'rfc6902';

/** The JSON Patch (RFC 6902) that makes `after` of `before`; empty when they are equal. */
export function patchFor(before: Pod, after: Pod): readonly Operation[] {
  return differences(before, after);
}

function differences(before: unknown, after: unknown): Operation[] {
  return createPatch(before, after, (input: unknown, output: unknown, at) => {
    // Parts that a rewritten pod shares with the original need no comparison.
    if (input === output) return [];
    if (!Array.isArray(input) || !Array.isArray(output)) return undefined;
    return inLists(input, output).map((operation) => ({ ...operation, path: `${at.toString()}${operation.path}` }));
  });
}

/**
 * Compares item by item. The library searches the shortest patch, in time and memory that grow with the cube of the
 * lists' length, and the creator of a pod decides how long they are.
 */
function inLists(before: readonly unknown[], after: readonly unknown[]): readonly Operation[] {
  if (before.length === after.length) {
    return before.flatMap((item, at) =>
      differences(item, after[at]).map((operation) => ({ ...operation, path: `/${at}${operation.path}` })),
    );
  }
  const shorter = Math.min(before.length, after.length);
  let first = 0;
  while (first < shorter && before[first] === after[first]) first++;
  let last = 0;
  while (last < shorter - first && before.at(-1 - last) === after.at(-1 - last)) last++;
  const gone = before.slice(first, before.length - last).map((): Operation => ({ op: 'remove', path: `/${first}` }));
  const come = after.slice(first, after.length - last);
  return [...gone, ...come.map((value, at): Operation => ({ op: 'add', path: `/${first + at}`, value }))];
}
