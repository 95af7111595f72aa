import type { Holder } from '../core/index.ts';
import type { DomainKey } from '../ledger/index.ts';
import type { Liveness } from './liveness.ts';

/** How many holders are asked after at once. */
const ASKED_AT_ONCE = 8;

/** A holder with numbers in a domain who isn't seen, or not there. */
export interface Suspect {
  readonly holder: Holder;
  readonly key: DomainKey;
}

/** Those of `suspects` who, as the API server itself says, are gone. In doubt they aren't. */
export async function stillGone(
  liveness: Liveness,
  suspects: readonly Suspect[],
  signal: AbortSignal,
): Promise<readonly Suspect[]> {
  const gone: Suspect[] = [];
  for (let at = 0; at < suspects.length; at += ASKED_AT_ONCE) {
    const group = suspects.slice(at, at + ASKED_AT_ONCE);
    const answers = await Promise.all(group.map(({ holder, key }) => liveness.isGone(holder, signal, key)));
    gone.push(...group.filter((_, index) => answers[index]));
  }
  return gone;
}
