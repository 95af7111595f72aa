import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Clock } from '../base/clock.ts';
import { Breath } from '../base/breath.ts';
import { OPEN, fencedByAll, fencedUntil } from '../base/fence.ts';
import type { Fence } from '../base/fence.ts';
import { chargedBetween, claimsHeldBy, confirm, holderKind, refuse, unwritable } from '../core/index.ts';
import type { Claim, Grant, GrantedPort, Holder, Pool, PortsRequest, Refusal, RefusalReason } from '../core/index.ts';
import { CLUSTER, blockOf } from '../ledger/index.ts';
import type { DomainKey, Ledger, Terms, Work } from '../ledger/index.ts';
import type { Namespace, Node, ResourceCache } from '../kube/index.ts';
import { admit, findPool, poolFor, requestOf } from './admission.ts';
import { domainOf } from './ask.ts';
import type { Ask } from './ask.ts';
import type { Liveness } from './liveness.ts';
import { mayAskAgain } from './pod-holders.ts';
import type { KnownPool } from './pool-rules.ts';
import { NOTHING, PoolLimits, withinTaken } from './pool-limits.ts';
import { poolWith } from './pools.ts';
import type { Pools } from './pools.ts';
import type { Quotas } from './quotas.ts';
import { Releases } from './releases.ts';

/** The numbers that a holder has got, and the pool that they count for. */
export interface Allocation {
  readonly poolName: string;
  readonly ports: readonly GrantedPort[];
}

/** A holder that was seen, with the token of its reservation. */
interface SeenHolder {
  /** The UID under which the numbers were reserved. */
  readonly token: string;
  readonly holder: Holder;
}

/** Called with every answer, for the metric. */
export type OutcomeObserver = (pool: string, outcome: string) => void;

/** The refusal of a request that was decided on outdated facts: another object with the holder's name was served first. */
export const OVERTAKEN: Refusal = refuse.ledgerUnavailable('another object of the same name was served meanwhile');

/** What {@link Allocator} needs. */
export interface AllocatorParts {
  readonly ledger: Ledger;
  readonly pools: Pools;
  readonly quotas: Quotas;
  readonly liveness: Liveness;
  readonly namespaces: ResourceCache<Namespace>;
  readonly nodes: ResourceCache<Node>;
  readonly clock: Clock;
  readonly observe: OutcomeObserver;
  /** Nothing is written once it is closed. Default: it never closes. */
  readonly fence?: Fence;
}

/** Assigns numbers to holders and releases them. Any number of managers may do so at once; every answer is durable. */
export class Allocator {
  readonly #parts: AllocatorParts;
  readonly #limits: PoolLimits;
  /** The releases of single claims. */
  readonly releases: Releases;

  constructor(parts: AllocatorParts) {
    this.#parts = parts;
    this.#limits = new PoolLimits(parts);
    this.releases = new Releases({ ...parts, limits: this.#limits });
  }

  /** The same allocator; it writes nothing once `fence` is closed. */
  within(fence: Fence): Allocator {
    return new Allocator({ ...this.#parts, fence });
  }

  /**
   * Meets `ask` as a whole, or refuses and leaves the holder what it has. Asking again gives the same answer. Numbers
   * that the holder has and no longer asks for are released once the others are durable, unless the ask says otherwise.
   * A caller that gets {@link OVERTAKEN} should ask again.
   * @throws if numbers that are no longer asked for can't be released, or if `signal` is aborted
   */
  async reserve(ask: Ask, signal: AbortSignal): Promise<Result<Allocation, Refusal>> {
    const fault = unwritable(ask);
    if (fault !== undefined) return err(refuse.invalid(fault));
    const admitted = this.#admit(ask);
    const pool = this.#poolFor(ask, admitted);
    const key = domainOf(ask);
    const known = this.#parts.ledger.domain(key).claimsOf(ask.holder.key);
    const terms = { signal, fence: this.#fenceFor(ask) };
    const request = await this.#request(ask, pool, known, signal);
    const taken = await this.#limits.take(ask, key, request, terms);
    if (!taken.ok) return this.#refused(admitted, admitted.ok ? taken.error : admitted.error);
    const work = unlessOvertaken(request, known, this.#limits.planWithin(ask, request, withinTaken(taken.value)));
    const rewrite = ask.surely === true ? blocksOf(known) : [];
    const granted = await this.#parts.ledger.commit(key, work, { ...terms, rewrite });
    const charged = granted.ok ? granted.value.charged : NOTHING;
    // A write that may have happened isn't subtracted from the counter: it counts too much until the next recount.
    const isUnsure = !granted.ok && granted.error.reason === 'LedgerUnavailable' && granted.error !== OVERTAKEN;
    if (!isUnsure)
      await this.#limits.giveBack(ask.holder.namespace, chargedBetween(taken.value, charged), this.#terms(signal));
    if (!granted.ok) return this.#refused(admitted, admitted.ok ? granted.error : admitted.error);
    await this.#leaveRest(ask, key, granted.value.leftover, signal);
    const poolName = this.#poolHeldFrom(key, ask.holder) ?? pool.name;
    this.#parts.observe(poolName, [...charged.values()].some((by) => by > 0) ? 'allocated' : 'unchanged');
    return ok({ poolName, ports: granted.value.ports });
  }

  /**
   * Releases everything that `holder` has, in every domain or only in `only`. If the holder `wasThere`, numbers that
   * were never confirmed cool as well.
   * @returns the released numbers; none is no error
   * @throws if the ledger can't be written
   */
  async release(
    holder: Holder,
    signal: AbortSignal,
    { only, wasThere = false }: { readonly only?: DomainKey; readonly wasThere?: boolean } = {},
  ): Promise<readonly number[]> {
    const released: number[] = [];
    for (const key of only === undefined ? this.#parts.ledger.domains() : [only]) {
      const claims = claimsHeldBy(this.#parts.ledger.domain(key), holder);
      // There may be thousands of nodes, and the holder has numbers on one of them.
      if (claims.length === 0) continue;
      await this.releases.release(key, claims, signal, wasThere);
      released.push(...claims.map((claim) => claim.number));
    }
    return released;
  }

  /**
   * The first step of a release in two steps ({@link TwoStepRelease}) for everything that `holder` has.
   * @throws if the ledger can't be written
   */
  async doubtAll(holder: Holder, signal: AbortSignal): Promise<void> {
    for (const [key, claims] of this.claimsByDomain(holder.key)) {
      const own = claims.filter((claim) => claim.holder.uid === holder.uid);
      await this.releases.begin(key, own, signal);
    }
  }

  /** The answer that {@link reserve} would give now. Writes nothing. */
  dryRun(ask: Ask): Result<Allocation, Refusal> {
    const fault = unwritable(ask);
    if (fault !== undefined) return err(refuse.invalid(fault));
    const admitted = this.#admit(ask);
    const pool = this.#poolFor(ask, admitted);
    const key = domainOf(ask);
    const request = this.#requestOf(ask, pool, new Set(ask.insteadOf));
    const work = this.#limits.dryRunWithin(ask, request, this.#parts.quotas.within(ask.holder.namespace));
    const planned = this.#parts.ledger.dryRun(key, work);
    if (!planned.ok) return admitted.ok ? planned : admitted;
    return ok({ poolName: pool.name, ports: planned.value.ports });
  }

  /**
   * Confirms reservations of one domain whose holders were seen, in one write: what was reserved under `token` is held
   * by `holder`. A claim that is no longer reserved stays as it is; the sweep finds holders that lost their numbers.
   * @throws if the ledger can't be written
   */
  async confirm(seen: readonly SeenHolder[], signal: AbortSignal, key: DomainKey = CLUSTER): Promise<void> {
    const work: Work<undefined> = (domain, { now }) => {
      for (const { token, holder } of seen) confirm(domain, token, holder, now);
      return ok(undefined);
    };
    const done = await this.#parts.ledger.commit(key, work, this.#terms(signal));
    if (!done.ok) throw new Error(done.error.message);
  }

  /**
   * How long a reservation is left to the manager that made it, which confirms it when it sees the pod; in
   * milliseconds, 0 once any manager may.
   */
  freshForMs = (key: DomainKey, claim: Claim): number => this.#parts.ledger.freshForMs(key, claim);

  /** The claims in a domain of holders with this name, whatever their UID, without cooling ones. */
  claimsUnder(holderKey: string, key: DomainKey = CLUSTER): readonly Claim[] {
    const claims = this.#parts.ledger.domain(key).claimsOf(holderKey);
    return claims.filter(({ state }) => state !== 'cooling');
  }

  /** {@link claimsUnder} for each domain that has such claims. */
  claimsByDomain(holderKey: string): ReadonlyMap<DomainKey, readonly Claim[]> {
    const found = new Map<DomainKey, readonly Claim[]>();
    for (const key of this.#parts.ledger.domains()) {
      const claims = this.claimsUnder(holderKey, key);
      if (claims.length > 0) found.set(key, claims);
    }
    return found;
  }

  /**
   * Calls `found` with each holder of a kind (`Pod`, `Deployment.apps`) that has numbers, perhaps more than once.
   * Yields to other work now and then: a holder that comes or goes meanwhile may or may not be included.
   */
  async eachOfKind(kind: string, found: (holder: Holder) => void, signal: AbortSignal): Promise<void> {
    const breath = new Breath();
    for (const key of [...this.#parts.ledger.domains()]) {
      for (const { holder, state } of this.#parts.ledger.domain(key).claims()) {
        if (breath.isDue) await breath.take().then(() => signal.throwIfAborted());
        if (state !== 'cooling' && holderKind(holder) === kind) found(holder);
      }
    }
  }

  /** The pool that `ask` means, whether or not it can serve it; undefined if there is none. */
  poolOf(ask: Pick<Ask, 'poolName' | 'basePort'>): KnownPool | undefined {
    const found = findPool(ask, this.#parts.pools.all());
    return found.ok ? found.value : undefined;
  }

  /** The holders of `number` in a domain, without those that only reserved it. */
  holdersOf(number: number, key: DomainKey = CLUSTER): readonly Holder[] {
    const claims = this.#parts.ledger.domain(key).claimsOn(number);
    return claims.filter(({ state }) => state === 'held').map(({ holder }) => holder);
  }

  /**
   * The reasons for which each of `asks`, served in this order, would be refused now; undefined for those that would be
   * met. Writes nothing.
   */
  dryRunAll(asks: readonly Ask[]): readonly (RefusalReason | undefined)[] {
    const reasons = new Map<Ask, RefusalReason>();
    const admitted: { ask: Ask; pool: KnownPool }[] = [];
    for (const ask of asks) {
      const pool = this.#admit(ask);
      if (pool.ok) admitted.push({ ask, pool: pool.value });
      else reasons.set(ask, pool.error.reason);
    }
    for (const [key, group] of Map.groupBy(admitted, ({ ask }) => domainOf(ask))) {
      this.#parts.ledger.dryRun(key, (domain, context) => {
        for (const { ask, pool } of group) {
          const request = this.#requestOf(ask, this.#poolFor(ask, ok(pool)), new Set());
          // A request over its quota takes no room from those behind it.
          const work = this.#limits.dryRunWithin(ask, request, this.#parts.quotas.within(ask.holder.namespace));
          const planned = work(domain, context);
          if (!planned.ok) reasons.set(ask, planned.error.reason);
        }
        return ok(undefined);
      });
    }
    return asks.map((ask) => reasons.get(ask));
  }

  #admit(ask: Ask): Result<KnownPool, Refusal> {
    return admit(ask, {
      pools: this.#parts.pools.all(),
      namespaceLabels: this.#limits.labelsOf(ask.holder.namespace),
      hasNode: (name) => this.#parts.nodes.get(undefined, name) !== undefined,
    });
  }

  #terms(signal: AbortSignal): Terms {
    const { fence = OPEN } = this.#parts;
    return { signal, fence };
  }

  /** A reservation that would have ended already isn't written: its caller was answered long ago. */
  #fenceFor({ until }: Ask): Fence {
    const { clock, fence = OPEN } = this.#parts;
    if (until === undefined) return fence;
    return fencedByAll([fence, fencedUntil(clock, until, 'it took too long')]);
  }

  #poolFor(ask: Ask, admitted: Result<KnownPool, Refusal>): Pool {
    return poolFor(ask, admitted, () => this.#parts.pools.findDefault()?.name);
  }

  /**
   * The request for the planner. Of the claims that are `known` under the holder's name, it finds out which belong to
   * objects that are certainly gone.
   */
  async #request(ask: Ask, pool: Pool, known: readonly Claim[], signal: AbortSignal): Promise<PortsRequest> {
    const gone = new Set(ask.insteadOf);
    const key = domainOf(ask);
    const former = new Map<string, Holder>();
    for (const claim of known) {
      const { state, holder } = claim;
      if (state === 'cooling' || holder.uid === ask.holder.uid || gone.has(holder.uid)) continue;
      // The pod of a reservation may still appear. A claim whose release has begun isn't kept for a pod that is to appear.
      const isToCome = state === 'reserved' && !mayAskAgain(holder) && !this.#parts.ledger.isOver(key, claim);
      if (!isToCome) former.set(holder.uid, holder);
    }
    for (const [uid, holder] of former) if (await this.#parts.liveness.isGone(holder, signal)) gone.add(uid);
    return this.#requestOf(ask, pool, gone);
  }

  #requestOf(ask: Ask, pool: Pool, gone: ReadonlySet<string>): PortsRequest {
    const { pools } = this.#parts;
    const where = { nodeName: ask.nodeName, preferred: pool.name };
    return requestOf(ask, pool, gone, {
      poolsWith: (number) => pools.with(number),
      poolOf: (number) => poolWith(number, pools.all(), where),
    });
  }

  async #leaveRest({ rest }: Ask, key: DomainKey, claims: readonly Claim[], signal: AbortSignal): Promise<void> {
    if (rest === 'kept') return;
    if (rest === 'doubted') await this.releases.begin(key, claims, signal);
    else await this.releases.release(key, claims, signal);
  }

  #poolHeldFrom(key: DomainKey, { key: holderKey, uid }: Holder): string | undefined {
    return claimsHeldBy(this.#parts.ledger.domain(key), { key: holderKey, uid })[0]?.pool;
  }

  #refused(admitted: Result<KnownPool, Refusal>, refusal: Refusal): Result<Allocation, Refusal> {
    // The name of a pool that doesn't exist is no label of a metric: users could invent any number of them.
    this.#parts.observe(admitted.ok ? admitted.value.name : '', refusal.reason);
    return err(refusal);
  }
}

/**
 * `work`, unless the holder's name has claims that weren't `known` when the request was made: whether they pass to the
 * holder has to be found out first.
 */
function unlessOvertaken({ holder }: PortsRequest, known: readonly Claim[], work: Work<Grant>): Work<Grant> {
  const uids = new Set(known.map((claim) => claim.holder.uid)).add(holder.uid);
  return (domain, context) => {
    const isKnown = ({ state, holder: { uid } }: Claim): boolean => state === 'cooling' || uids.has(uid);
    return domain.claimsOf(holder.key).every(isKnown) ? work(domain, context) : err(OVERTAKEN);
  };
}

/** The blocks of `claims`, each once. */
function blocksOf(claims: readonly Claim[]): readonly number[] {
  return [...new Set(claims.map(({ number }) => blockOf(number)))];
}
