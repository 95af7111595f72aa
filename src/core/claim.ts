import type { Address } from './address.ts';
import type { Holder } from './holder.ts';
import type { Protocols } from './port.ts';

/**
 * How firmly a number is claimed: `held` by a holder that was seen; `reserved` for one that is not yet; `cooling`
 * after its release, kept from everybody but the same name; `unreadable` where the ledger says something about the
 * number that makes no sense: kept as it is, and the number is handed to nobody; `observed` for somebody who took the number without asking, which
 * stands in no ledger.
 */
export type ClaimState = 'held' | 'reserved' | 'cooling' | 'unreadable' | 'observed';

/** One entry of the ledger: a holder's claim on a number. Claims are values and never change. */
export interface Claim {
  readonly number: number;
  readonly protocols: Protocols;
  readonly address: Address;
  readonly pool: string;
  readonly holder: Holder;
  /** Which of the holder's ports; a port of several numbers has a claim for each. */
  readonly port: string;
  readonly state: ClaimState;
  /** Seconds since the epoch: since when it is held; until when it is reserved or cooling. */
  readonly time: number;
  /** Of what can't be read only: what stands there. */
  readonly text?: string;
}

/** Whether a claim still keeps others away at `now` (seconds): a cooldown ends by itself, nothing else does. */
export function isLive(claim: Claim, now: number): boolean {
  return claim.state !== 'cooling' || claim.time > now;
}

/** Whether a claim keeps its number for its holder: what cools down has left it, and what can't be read has none. */
export function isUse({ state }: Claim): boolean {
  return state === 'held' || state === 'reserved';
}
