import pMap from 'p-map';
import type { Holder } from '../core/index.ts';
import type { DomainKey } from '../ledger/index.ts';

/** How long a holder must be gone before its numbers are freed: asked twice, so that no hiccup frees anything. In milliseconds. */
export const SECOND_LOOK_MS = 5_000;

/** How many holders are asked after at once. */
const ASKED_AT_ONCE = 8;

/** A holder with numbers in a domain who isn't seen, or not there. */
export interface Suspect {
  readonly holder: Holder;
  readonly key: DomainKey;
}

/** Those of `suspects` of whom `isGone` is true. */
export async function goneOf<T extends Suspect>(
  suspects: readonly T[],
  isGone: (suspect: T) => Promise<boolean>,
): Promise<readonly T[]> {
  const answers = await pMap(suspects, isGone, { concurrency: ASKED_AT_ONCE });
  return suspects.filter((_, index) => answers[index]);
}
