import { Breath } from '../base/breath.ts';
import { isUse } from '../core/index.ts';
import type { Claim, Domain } from '../core/index.ts';
import { isShared, mayAskAgain } from './pod-holders.ts';

/** What is to be looked at of what may be asked for again; see {@link doubtsIn}. */
export interface Doubts {
  /** Doubted, and in use again: to be held. */
  readonly used: readonly Claim[];
  /** Held for controllers, and no pod of the namespace uses it: to be doubted, unless the controller has pods made with it. */
  readonly idle: readonly Claim[];
  /** Doubted for as long as somebody may be on the way with it, and nobody is seen: to be released after a look at the pods. */
  readonly over: readonly Claim[];
}

/** How a domain is looked at. */
export interface View {
  /** Numbers that unfinished pods use, as far as it is known here: `NAMESPACE/NUMBER`. */
  readonly inUse: ReadonlySet<string>;
  /** Whether a reservation has ended; see `Ledger.isOver`. */
  readonly isOver: (reserved: Claim) => boolean;
}

/**
 * Sorts what a domain has of holders that may ask for it again, by what has to be seen to. Gives way to others now and then:
 * what changes meanwhile is seen as it was or as it is.
 */
export async function doubtsIn(domain: Domain, { inUse, isOver }: View): Promise<Doubts> {
  const used: Claim[] = [];
  const idle: Claim[] = [];
  const over: Claim[] = [];
  const breath = new Breath();
  for (const claim of domain.claims()) {
    if (breath.isDue) await breath.take();
    const { number, state, holder } = claim;
    if (!isUse(claim) || !mayAskAgain(holder)) continue;
    const isUsed = inUse.has(`${holder.namespace}/${number}`);
    if (state === 'held') {
      if (!isUsed && isShared(holder)) idle.push(claim);
    } else if (isUsed) used.push(claim);
    else if (isOver(claim)) over.push(claim);
  }
  return { used, idle, over };
}
