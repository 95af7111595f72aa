import type { RefusalReason } from '../core/index.ts';
import type { DomainKey } from '../ledger/index.ts';
import { domainOf } from './ask.ts';
import type { Ask } from './ask.ts';

/** A refused request, and the reason of the refusal. */
export interface Wanting {
  readonly ask: Ask;
  readonly reason: RefusalReason;
}

/** What a request waits for. */
export interface Aim {
  /** Equal for requests of one domain that wait for the same. */
  readonly name: string;
  /** The changes that may help; see {@link topics}. Without any, only an edit of pools helps. */
  readonly topics: readonly string[];
}

/** A request that names more numbers than these waits for room in its pool instead of for each number. */
const MOST_NUMBERS = 64;

/** The changes for which a request may wait. The pool without a name is the default one. */
export const topics = {
  number: (domain: DomainKey, number: number): string => `number ${domain} ${number}`,
  room: (domain: DomainKey, pool: string): string => `room ${domain} ${pool}`,
  quota: (pool: string, namespace: string): string => `quota ${pool} ${namespace}`,
  namespace: (namespace: string): string => `namespace ${namespace}`,
};

/**
 * What may help a request that was refused for this reason: a number, room in a pool, the quota of its namespace, or
 * the namespace's labels.
 */
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

/** The numbers that `ask` names; undefined if it names none, or very many. */
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
