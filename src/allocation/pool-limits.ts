import { selectorMatches } from '../api/index.ts';
import { NO_POOL, poolSize, rangesInclude, refuse } from '../core/index.ts';
import type { Domain, Grant, PortsRequest, Refusal } from '../core/index.ts';
import { poolOn } from './pool-rules.ts';
import type { KnownPool } from './pool-rules.ts';

/** Reservations of a namespace whose holders haven't been seen may take one part in so many of a pool (T11). */
const UNCONFIRMED_PART = 4;
/** They may take so many numbers of any pool, however small it is. */
const UNCONFIRMED_ANYWAY = 64;

/** Whether `by` more numbers of `pool` are within its quota; returns the refusal if not. */
export type QuotaCheck = (pool: KnownPool, by: number) => Refusal | undefined;

/** The requester, and the facts that decide what pools allow it. */
export interface Tenant {
  readonly namespace: string;
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined;
  readonly nodeName?: string | undefined;
  readonly findPool: (name: string) => KnownPool | undefined;
  readonly quota: QuotaCheck;
}

/**
 * The pool whose limits count for `number`: the pool `preferred`, if it hands the number out there, otherwise the
 * oldest that does. A pool with a fault hands nothing out.
 * @param pools the oldest first
 */
export function poolWith(
  number: number,
  pools: readonly KnownPool[],
  { nodeName, preferred }: { readonly nodeName?: string | undefined; readonly preferred?: string | undefined },
): string {
  const scope = nodeName === undefined ? 'Cluster' : 'Node';
  const having = pools.filter(
    (known) =>
      known.scope === scope && known.fault === undefined && rangesInclude(poolOn(known, nodeName).usable, number),
  );
  return (having.find(({ name }) => name === preferred) ?? having[0])?.name ?? NO_POOL;
}

/**
 * Why a grant, which is already written in `domain`, must be undone: a pool of which the namespace would have more
 * numbers doesn't admit the namespace, or not that many. Undefined if there is no reason.
 */
export function chargeFault(
  domain: Domain,
  { until }: Pick<PortsRequest, 'until'>,
  { charged }: Pick<Grant, 'charged'>,
  { namespace, namespaceLabels, nodeName, findPool, quota }: Tenant,
): Refusal | undefined {
  for (const [name, by] of charged) {
    const known = by > 0 ? findPool(name) : undefined;
    if (known === undefined) continue;
    const { selector } = known;
    if (selector !== undefined && !selectorMatches(selector, namespaceLabels)) {
      return refuse.namespaceNotAllowed(namespace, name, JSON.stringify(selector));
    }
    const beyond = quota(known, by);
    if (beyond !== undefined) return beyond;
    const limit = mostUnconfirmed(known, nodeName);
    const { unconfirmed } = domain.tally.of(namespace, name);
    if (until !== undefined && unconfirmed > limit) {
      return refuse.tooManyUnconfirmed({ namespace, pool: name, limit, unconfirmed });
    }
  }
  return undefined;
}

/**
 * Why a request can't be within the quota of its pool, however it is planned; undefined if it may be. Without this check
 * a request far beyond its quota would cost the plan of tens of thousands of numbers.
 */
export function quotaOutOfReach({ holder, ports }: PortsRequest, pool: KnownPool, domain: Domain): Refusal | undefined {
  const { name, quota: limit = Infinity } = pool;
  const chosen = ports.reduce((sum, { number, count }) => (number === undefined ? sum + count : sum), 0);
  if (chosen <= limit) return undefined;
  const wanted = chosen - domain.claimsOf(holder.key).length;
  const used = domain.tally.of(holder.namespace, name).held;
  return wanted <= limit
    ? undefined
    : refuse.quotaExceeded({ namespace: holder.namespace, pool: name, limit, used, wanted });
}

/** How many numbers of a pool a namespace may have reserved for holders that haven't been seen. */
export function mostUnconfirmed(known: KnownPool, nodeName?: string): number {
  return Math.max(UNCONFIRMED_ANYWAY, Math.floor(poolSize(poolOn(known, nodeName)) / UNCONFIRMED_PART));
}
