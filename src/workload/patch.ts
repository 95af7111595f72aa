import { createPatch } from 'rfc6902';
import type { Operation } from 'rfc6902';
import type { Pod } from '../kube/index.ts';

/** The JSON Patch (RFC 6902) that makes `after` of `before`; empty when they are equal. */
export function patchFor(before: Pod, after: Pod): readonly Operation[] {
  // What a rewritten pod shares with the one that it was made of needs no comparison.
  return createPatch(before, after, (input, output) => (input === output ? [] : undefined));
}
