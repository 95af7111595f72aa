import { selectorMatches } from '../api/index.ts';
import { NO_POOL, poolSize, rangesInclude, refuse } from '../core/index.ts';
import type { Domain, Grant, PortsRequest, Refusal } from '../core/index.ts';
import { poolOn } from './pool-rules.ts';
import type { KnownPool } from './pool-rules.ts';

/** The part of a pool that the reservations of a namespace may take before their holders are seen. */
const UNCONFIRMED_PART = 4;
/** So many they may be in any pool. */
const UNCONFIRMED_ANYWAY = 64;

/** Whether so many numbers more of `pool` are within its quota; says why not. */
export type QuotaCheck = (pool: KnownPool, by: number) => Refusal | undefined;

/** Who asks, where, and what decides what the pools have to say to that. */
export interface Tenant {
  readonly namespace: string;
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined;
  readonly nodeName?: string | undefined;
  readonly findPool: (name: string) => KnownPool | undefined;
  readonly quota: QuotaCheck;
}

/**
 * Whose customer is who has `number`: the pool `preferred`, if it hands the number out there, else the oldest that does. In
 * a pool with a fault nobody is.
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
 * Why `grant`, which is written down in `domain` already, must be taken back: a pool of which the namespace would have
 * more doesn't let it, or not so much of it.
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
 * Why no plan of a request can be within the quota of its pool, whatever its holder has: so that nobody has tens of
 * thousands of numbers written down for nothing.
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

/** How many numbers of a pool a namespace may have reserved for holders that nobody has seen. */
export function mostUnconfirmed(known: KnownPool, nodeName?: string): number {
  return Math.max(UNCONFIRMED_ANYWAY, Math.floor(poolSize(poolOn(known, nodeName)) / UNCONFIRMED_PART));
}
