import { conditionTypes } from '../../api/index.ts';
import type { Finding, Reason } from '../../kube/index.ts';

/** What somebody in a set needs to have, and what is said about it. */
export interface PortNeed {
  /** The set's name, or the instance's. */
  readonly who: string;
  /** How many numbers it hasn't, of those that it wants. */
  readonly missing: number;
  /** Why it hasn't its ports: also a reference may be wrong, though all numbers are there. */
  readonly refusal?: Reason;
}

/** Judges whether a set and all of its instances have their ports; how many numbers are missing is said. */
export function judgePorts(needs: readonly PortNeed[], observedGeneration: number): Finding {
  const refused = needs.flatMap(({ who, refusal }) => (refusal === undefined ? [] : [{ who, ...refusal }]));
  const [first] = refused;
  const of = { type: conditionTypes.allocated, observedGeneration };
  if (first !== undefined) {
    const missing = needs.reduce((sum, need) => sum + need.missing, 0);
    const others = refused.length === 1 ? '' : ` (and ${refused.length - 1} more)`;
    const count = missing === 0 ? '' : `${missing} ${missing === 1 ? 'number is' : 'numbers are'} missing: `;
    return { ...of, status: 'False', reason: first.reason, message: `${count}${first.who}: ${first.message}${others}` };
  }
  const waiting = needs.filter(({ missing }) => missing > 0);
  if (waiting.length > 0) {
    const names = waiting.slice(0, 3).map(({ who }) => who);
    const message = `${waiting.length} wait for their numbers: ${names.join(', ')}`;
    return { ...of, status: 'False', reason: 'Pending', message };
  }
  return { ...of, status: 'True', reason: 'Allocated', message: 'all ports have their numbers' };
}
