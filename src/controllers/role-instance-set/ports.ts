import { conditionTypes } from '../../api/index.ts';
import type { Finding, Reason } from '../../kube/index.ts';

/** What a set or one of its instances lacks. */
export interface PortNeed {
  /** The name of the set or the instance. */
  readonly who: string;
  /** How many of the wanted numbers are missing. */
  readonly missing: number;
  /** Why ports are missing. A reference may also be wrong though no number is missing. */
  readonly refusal?: Reason;
}

/** The condition `Allocated` of a set: whether it and its instances have all their ports, and how many numbers are missing. */
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
