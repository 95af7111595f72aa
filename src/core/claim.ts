import type { Address } from './address.ts';
import type { Holder } from './holder.ts';
import type { Protocols } from './port.ts';

/**
 * How firmly a number is claimed. `held`: by a holder that was seen. `reserved`: by a holder that wasn't seen yet.
 * `cooling`: after its release, for nobody but the same name. `unreadable`: the ledger's entry makes no sense; it is
 * kept as it is, and the number is assigned to nobody. `observed`: somebody uses the number without asking; such a
 * claim is in no ledger.
 */
export type ClaimState = 'held' | 'reserved' | 'cooling' | 'unreadable' | 'observed';

/** One entry of the ledger: a holder's claim on a number. Claims are values and never change. */
export interface Claim {
  readonly number: number;
  readonly protocols: Protocols;
  readonly address: Address;
  readonly pool: string;
  readonly holder: Holder;
  /** The holder's port; a port with several numbers has a claim for each. */
  readonly port: string;
  readonly state: ClaimState;
  /** Seconds since the epoch: the beginning if it is held, the end if it is reserved or cooling. */
  readonly time: number;
  /** The text of an unreadable claim. */
  readonly text?: string;
}

/** Whether a claim still blocks others at `now` (seconds): only a cooldown ends by itself. */
export function isLive(claim: Claim, now: number): boolean {
  return claim.state !== 'cooling' || claim.time > now;
}

/**
 * Whether a claim keeps its number for its holder: a cooling number was left by its holder, an unreadable claim has
 * none.
 */
export function isUse({ state }: Claim): boolean {
  return state === 'held' || state === 'reserved';
}
