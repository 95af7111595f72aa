import type { Claim, Domain } from '../core/index.ts';
import { isAbovePods } from './pod-holders.ts';

/** What controllers and ordinals hold for their pods, by whether pods use it. */
export interface SharedNumbers {
  /** Reserved, because nobody seemed to use them, and in use again: to be held. */
  readonly used: readonly Claim[];
  /** Held or reserved, and no pod of the namespace uses them. */
  readonly idle: readonly Claim[];
  /** Holders of which pods use some number, by {@link idOf}. */
  readonly busy: ReadonlySet<string>;
}

/**
 * Sorts the numbers that controllers and ordinals hold for their pods.
 * @param inUse numbers that unfinished pods use: `NAMESPACE/NUMBER`
 */
export function sharedNumbers(domain: Domain, inUse: ReadonlySet<string>): SharedNumbers {
  const used: Claim[] = [];
  const idle: Claim[] = [];
  const busy = new Set<string>();
  for (const claim of domain.claims()) {
    const { number, state, holder } = claim;
    if ((state !== 'held' && state !== 'reserved') || !isAbovePods(holder)) continue;
    if (!inUse.has(`${holder.namespace}/${number}`)) {
      idle.push(claim);
      continue;
    }
    busy.add(idOf(claim));
    if (state === 'reserved') used.push(claim);
  }
  return { used, idle, busy };
}

/** Of which holder a claim is: ordinals of one set have its UID. */
export function idOf({ holder }: Claim): string {
  return `${holder.key} ${holder.uid}`;
}

/** Whether a claim is held, and not in doubt. */
export function isHeld({ state }: Claim): boolean {
  return state === 'held';
}
