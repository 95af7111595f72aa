import type { RefusalReason } from '../core/index.ts';
import type { DomainKey } from '../ledger/index.ts';
import { domainOf } from './ask.ts';
import type { Ask } from './ask.ts';

/** Who was refused, and why. */
export interface Wanting {
  readonly ask: Ask;
  readonly reason: RefusalReason;
}

/** What somebody waits for. */
export interface Aim {
  /** Equal for those in one domain who wait for the same. */
  readonly name: string;
  /** What is of help; see {@link topics}. Nothing but an edit of pools, where it is empty. */
  readonly topics: readonly string[];
}

/** Whoever wants more numbers than these, each of them certain ones, is looked at whenever there is room. */
const MOST_NUMBERS = 64;

/** What may change that somebody waits for. A pool without a name is the default one. */
export const topics = {
  number: (domain: DomainKey, number: number): string => `number ${domain} ${number}`,
  room: (domain: DomainKey, pool: string): string => `room ${domain} ${pool}`,
  quota: (pool: string, namespace: string): string => `quota ${pool} ${namespace}`,
  namespace: (namespace: string): string => `namespace ${namespace}`,
};

/** What is of help to whoever was refused so: a number, room in a pool, what its namespace may have, or its labels. */
export function aimOf({ ask, reason }: Wanting): Aim {
  const domain = domainOf(ask);
  const { poolName = '' } = ask;
  const { namespace } = ask.holder;
  const name = `${reason} ${poolName}`;
  switch (reason) {
    case 'QuotaExceeded':
      return { name: `${name} ${namespace}`, topics: [topics.quota(poolName, namespace)] };
    case 'NamespaceNotAllowed':
      return { name: `${name} ${namespace}`, topics: [topics.namespace(namespace)] };
    case 'PortHeld': {
      const numbers = certainNumbers(ask);
      if (numbers === undefined) return { name, topics: [topics.room(domain, poolName)] };
      return { name: `${name} ${numbers.join()}`, topics: numbers.map((number) => topics.number(domain, number)) };
    }
    case 'PoolExhausted':
      return { name, topics: [topics.room(domain, poolName)] };
    default:
      return { name, topics: [] };
  }
}

/** The numbers that `ask` names; undefined where it names none, or very many. */
function certainNumbers({ ports }: Ask): readonly number[] | undefined {
  const numbers = new Set<number>();
  for (const { number, count } of ports) {
    for (let at = 0; number !== undefined && at < count; at++) {
      numbers.add(number + at);
      if (numbers.size > MOST_NUMBERS) return undefined;
    }
  }
  return numbers.size === 0 ? undefined : [...numbers];
}
