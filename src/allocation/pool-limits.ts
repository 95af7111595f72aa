import { selectorMatches } from '../api/index.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { NO_POOL, chargedBetween, plan, poolSize, refuse } from '../core/index.ts';
import type { Domain, Grant, PortsRequest, Refusal } from '../core/index.ts';
import type { Namespace, ResourceCache } from '../kube/index.ts';
import type { DomainKey, Ledger, Terms, Work } from '../ledger/index.ts';
import type { Ask } from './ask.ts';
import { poolOn } from './pool-rules.ts';
import type { KnownPool } from './pool-rules.ts';
import type { Pools } from './pools.ts';
import type { QuotaCheck, Quotas } from './quotas.ts';

/** Reservations of a namespace whose holders haven't been seen may take one part in so many of a pool (T11). */
const UNCONFIRMED_PART = 4;
/** They may take so many numbers of any pool, however small it is. */
const UNCONFIRMED_ANYWAY = 64;

/** How many more numbers of each pool a namespace has, by the pool's name; below zero if it has fewer. */
export type Charged = ReadonlyMap<string, number>;

/** No change of any pool. */
export const NOTHING: Charged = new Map();

/** What {@link PoolLimits} needs. */
interface PoolLimitsParts {
  readonly ledger: Ledger;
  readonly pools: Pools;
  readonly quotas: Quotas;
  readonly namespaces: ResourceCache<Namespace>;
}

/** Plans requests within the limits of pools for namespaces, and keeps the counters of the quotas. */
export class PoolLimits {
  readonly #parts: PoolLimitsParts;

  constructor(parts: PoolLimitsParts) {
    this.#parts = parts;
  }

  /** The labels of a namespace; undefined if it isn't known. */
  labelsOf(namespace: string): Readonly<Record<string, string>> | undefined {
    return this.#parts.namespaces.get(undefined, namespace)?.metadata.labels;
  }

  /**
   * Plans `request`, if it is within the limits of every pool of which its namespace would have more. The limits are
   * checked together with the plan: the ledger may have changed since the request was made.
   */
  planWithin({ holder, nodeName }: Ask, request: PortsRequest, quota: QuotaCheck): Work<Grant> {
    const { namespace } = holder;
    const findPool = (name: string): KnownPool | undefined => this.#parts.pools.find(name);
    const tenant = { namespace, namespaceLabels: this.labelsOf(namespace), nodeName, findPool, quota };
    return (domain, context) => {
      const mark = domain.mark();
      const planned = plan(domain, request, context);
      if (!planned.ok) return planned;
      const fault = chargeFault(domain, request, planned.value, tenant);
      if (fault === undefined) return planned;
      domain.undoTo(mark);
      return err(fault);
    };
  }

  /** The same as {@link planWithin} for a dry run: a request far beyond a quota isn't planned at all. */
  dryRunWithin(ask: Ask, request: PortsRequest, quota: QuotaCheck): Work<Grant> {
    const work = this.planWithin(ask, request, quota);
    const pool = this.#parts.pools.find(request.pool.name);
    return (domain, context) => {
      const far = pool === undefined ? undefined : quotaOutOfReach(request, pool, domain);
      return far === undefined ? work(domain, context) : err(far);
    };
  }

  /**
   * Takes from the quotas as many numbers as `request` would add, from all of them or from none.
   * @returns how much was taken of each quota, or the refusal
   */
  async take(ask: Ask, key: DomainKey, request: PortsRequest, terms: Terms): Promise<Result<Charged, Refusal>> {
    const taken = new Map<string, number>();
    for (const { name, quota } of this.#poolsOf(request)) if (quota !== undefined) taken.set(name, 0);
    if (taken.size === 0) return ok(taken);
    const tried = this.#parts.ledger.dryRun(key, this.dryRunWithin(ask, request, unlimited));
    if (!tried.ok) return tried;
    const { namespace } = request.holder;
    for (const [name, by] of tried.value.charged) {
      const pool = this.#parts.pools.find(name);
      if (by <= 0 || pool?.quota === undefined) continue;
      const outcome = await this.#parts.quotas.take(pool, namespace, by, terms);
      if (!outcome.ok) {
        await this.giveBack(namespace, chargedBetween(taken, NOTHING), terms);
        return outcome;
      }
      taken.set(name, by);
    }
    return ok(taken);
  }

  /** Returns numbers to the quotas: an amount below zero in `charged` is given back, others are ignored. */
  async giveBack(namespace: string, charged: Charged, terms: Terms): Promise<void> {
    for (const [pool, by] of charged) await this.#parts.quotas.giveBack(pool, namespace, -by, terms);
  }

  /** The pools of which `request` may add numbers: its own, and those that contain the numbers that it brings along. */
  #poolsOf({ pool, ports, poolOf }: PortsRequest): readonly KnownPool[] {
    const names = new Set([pool.name]);
    for (const { number, count, anywhere } of ports) {
      if (anywhere !== true || number === undefined) continue;
      for (let each = number; each < number + count; each++) names.add(poolOf?.(each) ?? NO_POOL);
    }
    return [...names].flatMap((name) => this.#parts.pools.find(name) ?? []);
  }
}

/** Admits no more numbers than were `taken` from the quotas: a number that no counter includes must not be held. */
export function withinTaken(taken: Charged): QuotaCheck {
  const changed = refuse.ledgerUnavailable('it has changed meanwhile');
  return ({ name }, by) => (by > (taken.get(name) ?? Infinity) ? changed : undefined);
}

/** For a plan that only finds out what would be charged. */
const unlimited: QuotaCheck = () => undefined;

/** The requester, and the facts that decide what pools allow it. */
interface Tenant {
  readonly namespace: string;
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined;
  readonly nodeName?: string | undefined;
  readonly findPool: (name: string) => KnownPool | undefined;
  readonly quota: QuotaCheck;
}

/**
 * Why a grant, which is already written in `domain`, must be undone: a pool of which the namespace would have more
 * numbers doesn't admit the namespace, or not that many. Undefined if there is no reason.
 */
function chargeFault(
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
function quotaOutOfReach({ holder, ports }: PortsRequest, pool: KnownPool, domain: Domain): Refusal | undefined {
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
function mostUnconfirmed(known: KnownPool, nodeName?: string): number {
  return Math.max(UNCONFIRMED_ANYWAY, Math.floor(poolSize(poolOn(known, nodeName)) / UNCONFIRMED_PART));
}
