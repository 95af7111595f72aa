import type { Claim, Domain } from '../core/index.ts';
import { isShared } from './pod-holders.ts';

/** What controllers hold for their pods, by whether pods use it. */
export interface SharedNumbers {
  /** Reserved, because nobody seemed to use them, and in use again: to be held. */
  readonly used: readonly Claim[];
  /** Held or reserved, and no pod of the namespace uses them. */
  readonly idle: readonly Claim[];
}

/**
 * Sorts the numbers that controllers hold for their pods.
 * @param inUse numbers that unfinished pods use: `NAMESPACE/NUMBER`
 */
export function sharedNumbers(domain: Domain, inUse: ReadonlySet<string>): SharedNumbers {
  const used: Claim[] = [];
  const idle: Claim[] = [];
  for (const claim of domain.claims()) {
    const { number, state, holder } = claim;
    if ((state !== 'held' && state !== 'reserved') || !isShared(holder)) continue;
    if (!inUse.has(`${holder.namespace}/${number}`)) idle.push(claim);
    else if (state === 'reserved') used.push(claim);
  }
  return { used, idle };
}

/** Whether a claim is held, and not in doubt. */
export function isHeld({ state }: Claim): boolean {
  return state === 'held';
}
