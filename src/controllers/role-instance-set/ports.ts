import { conditionTypes } from '../../api/index.ts';
import type { PortAllocation } from '../../api/index.ts';
import type { Finding } from '../../kube/index.ts';
import { verdictOn } from '../../roles/index.ts';

/** What somebody in a set needs to have, and what is said about it. */
export interface PortNeed {
  /** The set's name, or the instance's. */
  readonly who: string;
  /** Undefined while there is none. */
  readonly allocation: PortAllocation | undefined;
  /** What the instance itself says: a reference may be wrong though all numbers are there. */
  readonly refusal?: { readonly reason: string; readonly message: string };
}

/** Judges whether a set and all of its instances have their ports; how many numbers are missing is said. */
export function judgePorts(needs: readonly PortNeed[], observedGeneration: number): Finding {
  const refused = needs.flatMap(({ who, allocation, refusal }) => {
    const verdict = verdictOn(allocation);
    const said = verdict?.status === 'False' ? verdict : refusal;
    return said === undefined ? [] : [{ who, reason: said.reason, message: said.message }];
  });
  const [first] = refused;
  const of = { type: conditionTypes.allocated, observedGeneration };
  if (first !== undefined) {
    const missing = needs.reduce((sum, { allocation }) => sum + missingIn(allocation), 0);
    const others = refused.length === 1 ? '' : ` (and ${refused.length - 1} more)`;
    const count = missing === 0 ? '' : `${missing} ${missing === 1 ? 'number is' : 'numbers are'} missing: `;
    return { ...of, status: 'False', reason: first.reason, message: `${count}${first.who}: ${first.message}${others}` };
  }
  const waiting = needs.filter(({ allocation }) => allocation !== undefined && verdictOn(allocation) === undefined);
  if (waiting.length > 0) {
    const names = waiting.slice(0, 3).map(({ who }) => who);
    const message = `${waiting.length} wait for their numbers: ${names.join(', ')}`;
    return { ...of, status: 'False', reason: 'Pending', message };
  }
  return { ...of, status: 'True', reason: 'Allocated', message: 'all ports have their numbers' };
}

/** How many numbers are asked for and not given. */
function missingIn(allocation: PortAllocation | undefined): number {
  const given = new Set(allocation?.status?.ports?.map(({ name }) => name));
  const lacking = allocation?.spec.ports.filter(({ name }) => !given.has(name)) ?? [];
  return lacking.reduce((sum, { count }) => sum + count, 0);
}
