import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { NO_POOL, chargedBetween, plan, refuse } from '../core/index.ts';
import type { Grant, PortsRequest, Refusal } from '../core/index.ts';
import type { Namespace, ResourceCache } from '../kube/index.ts';
import type { DomainKey, Ledger, Terms, Work } from '../ledger/index.ts';
import type { Ask } from './ask.ts';
import { chargeFault, quotaOutOfReach } from './pool-limits.ts';
import type { QuotaCheck } from './pool-limits.ts';
import type { KnownPool } from './pool-rules.ts';
import type { Pools } from './pools.ts';
import type { Quotas } from './quotas.ts';

/** Amounts of pools, by pool name. */
export type Charged = ReadonlyMap<string, number>;

/** No amount of any pool. */
export const NOTHING: Charged = new Map();

/** What {@link Charges} needs. */
export interface ChargesParts {
  readonly ledger: Ledger;
  readonly pools: Pools;
  readonly quotas: Quotas;
  readonly namespaces: ResourceCache<Namespace>;
}

/** Plans requests within the limits of pools for namespaces, and keeps the counters of the quotas. */
export class Charges {
  readonly #parts: ChargesParts;

  constructor(parts: ChargesParts) {
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
    const customer = { namespace, namespaceLabels: this.labelsOf(namespace), nodeName, findPool, quota };
    return (domain, context) => {
      const mark = domain.mark();
      const planned = plan(domain, request, context);
      if (!planned.ok) return planned;
      const fault = chargeFault(domain, request, planned.value, customer);
      if (fault === undefined) return planned;
      domain.undoTo(mark);
      return err(fault);
    };
  }

  /** The same as {@link planWithin} for a dry run: a request far beyond a quota isn't planned at all. */
  lookWithin(ask: Ask, request: PortsRequest, quota: QuotaCheck): Work<Grant> {
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
    const tried = this.#parts.ledger.dryRun(key, this.lookWithin(ask, request, unlimited));
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
