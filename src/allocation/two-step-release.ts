import { Breath } from '../base/breath.ts';
import type { Logger } from '../base/logger.ts';
import { isUse, printHolder } from '../core/index.ts';
import type { Claim, Domain } from '../core/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';
import type { Allocator } from './allocator.ts';
import type { Liveness } from './liveness.ts';
import { isShared, mayAskAgain } from './pod-holders.ts';

/** Where the pods run that may use a number. */
interface Where {
  readonly namespace: string;
  /** The domain: a node's numbers are used on that node, those of the cluster on any node. */
  readonly domain: DomainKey;
}

/**
 * Finds out which of `numbers` unfinished pods use, from the API server itself, because a cache may be behind. Fails if
 * the API server doesn't answer.
 */
export type LookAtPods = (
  where: Where,
  numbers: ReadonlySet<number>,
  signal: AbortSignal,
) => Promise<ReadonlySet<number>>;

/** What {@link TwoStepRelease} needs. */
export interface TwoStepReleaseParts {
  readonly ledger: Ledger;
  readonly allocator: Allocator;
  readonly liveness: Liveness;
  readonly lookAtPods: LookAtPods;
  readonly log: Logger;
}

/** For numbers of nodes it isn't known in advance which of them pods use. */
const NONE: ReadonlySet<string> = new Set();

/**
 * Releases numbers that may be asked for again under the same name, in two steps (ADR 14, T24, S10). In the first step a
 * write makes the claims reserved for the life of a reservation. After that time every pod to which the numbers were
 * assigned before must have appeared, and the second step releases them if no pod uses them. A request for them in between
 * makes them held by a write, and a later request finds them released. So no request is answered with a number that is
 * being released.
 */
export class TwoStepRelease {
  readonly #parts: TwoStepReleaseParts;

  constructor(parts: TwoStepReleaseParts) {
    this.#parts = parts;
  }

  /**
   * Takes the next step with every claim for which one is due: begins the release of those that nothing needs, cancels or
   * finishes a release that has begun.
   * @param inUse numbers that unfinished pods use: `NAMESPACE/NUMBER`
   * @returns how many numbers were released
   */
  async step(inUse: ReadonlySet<string>, signal: AbortSignal): Promise<number> {
    const { ledger } = this.#parts;
    const { releases } = this.#parts.allocator;
    const breath = new Breath();
    let released = 0;
    for (const key of [...ledger.domains()]) {
      await breath.take();
      const view = { inUse: key === CLUSTER ? inUse : NONE, isOver: (claim: Claim) => ledger.isOver(key, claim) };
      const { used, idle, over } = await stepsDueIn(ledger.domain(key), view);
      const wanted = new Set(await this.#wantedOf(idle, signal));
      await releases.cancel(key, used, signal);
      const unwanted = idle.filter((claim) => !wanted.has(claim));
      await releases.begin(key, unwanted, signal);
      released += await this.finish(key, over, signal);
    }
    return released;
  }

  /**
   * The second step with `over`, claims whose release began as long ago as a pod with them may take to appear. It cancels
   * the release of those that a controller or a pod needs, and finishes that of the others.
   * @returns how many numbers were released
   */
  async finish(key: DomainKey, over: readonly Claim[], signal: AbortSignal): Promise<number> {
    const wanted = new Set(await this.#wantedOf(over, signal));
    await this.#parts.allocator.releases.cancel(key, [...wanted], signal);
    let released = 0;
    for (const [namespace, claims] of Map.groupBy(over, ({ holder }) => holder.namespace)) {
      const unwanted = claims.filter((claim) => !wanted.has(claim));
      released += await this.#releaseUnused({ namespace, domain: key }, unwanted, signal);
    }
    return released;
  }

  /** Those of `claims` that pods share and for which the controller still creates pods. */
  async #wantedOf(claims: readonly Claim[], signal: AbortSignal): Promise<readonly Claim[]> {
    const shared = claims.filter(({ holder }) => isShared(holder));
    const wanted: Claim[] = [];
    for (const group of Map.groupBy(shared, ({ holder }) => `${holder.key} ${holder.uid}`).values()) {
      const [first] = group;
      if (first === undefined) continue;
      const ports = [...new Set(group.map(({ port }) => port))];
      const asked = new Set(await this.#parts.liveness.asksFor(first.holder, ports, signal));
      wanted.push(...group.filter(({ port }) => asked.has(port)));
    }
    return wanted;
  }

  /** Releases those of `claims` that no pod uses; all of them are of one namespace. Returns how many. */
  async #releaseUnused(where: Where, claims: readonly Claim[], signal: AbortSignal): Promise<number> {
    if (claims.length === 0) return 0;
    const { lookAtPods, log } = this.#parts;
    const { releases } = this.#parts.allocator;
    const { domain } = where;
    const used = await lookAtPods(where, new Set(claims.map(({ number }) => number)), signal);
    // A port with several numbers is in use as a whole: a pod doesn't name each of them.
    const usedPorts = new Set(claims.filter(({ number }) => used.has(number)).map(portKey));
    const isUsed = (claim: Claim): boolean => usedPorts.has(portKey(claim));
    await releases.cancel(domain, claims.filter(isUsed), signal);
    const unused = claims.filter((claim) => !isUsed(claim));
    await releases.finish(domain, unused, signal);
    for (const group of Map.groupBy(unused, ({ holder }) => `${holder.key} ${holder.uid}`).values()) {
      const [first] = group;
      if (first === undefined) continue;
      const numbers = group.map(({ number }) => number);
      log.info('numbers that nobody needs any longer were released', { holder: printHolder(first.holder), numbers });
    }
    return unused.length;
  }
}

function portKey({ holder, port }: Claim): string {
  return `${holder.key} ${holder.uid} ${port}`;
}

/** The claims for which a step is due; see {@link stepsDueIn}. */
interface StepsDue {
  /** Claims that pods use although their release has begun: it is to be cancelled. */
  readonly used: readonly Claim[];
  /**
   * Claims that are held for controllers and that no pod of the namespace uses: their release is to begin, unless the
   * controller still creates pods with them.
   */
  readonly idle: readonly Claim[];
  /**
   * Claims whose release began as long ago as a pod with them may take to appear, while no pod is seen: they are to be
   * released after a look at the pods.
   */
  readonly over: readonly Claim[];
}

/** What is known about a domain's claims. */
interface View {
  /** Numbers that unfinished pods use, as far as the caches show: `NAMESPACE/NUMBER`. */
  readonly inUse: ReadonlySet<string>;
  /** Whether a reservation has ended; see `Ledger.isOver`. */
  readonly isOver: (reserved: Claim) => boolean;
}

/**
 * Sorts the claims of a domain whose holders may ask for them again by the step that is due. Yields to other work now
 * and then: a change meanwhile may or may not be included.
 */
async function stepsDueIn(domain: Domain, { inUse, isOver }: View): Promise<StepsDue> {
  const used: Claim[] = [];
  const idle: Claim[] = [];
  const over: Claim[] = [];
  const breath = new Breath();
  for (const claim of domain.claims()) {
    if (breath.isDue) await breath.take();
    const { number, state, holder } = claim;
    if (!isUse(claim) || !mayAskAgain(holder)) continue;
    const isUsed = inUse.has(`${holder.namespace}/${number}`);
    if (state === 'held') {
      if (!isUsed && isShared(holder)) idle.push(claim);
    } else if (isUsed) used.push(claim);
    else if (isOver(claim)) over.push(claim);
  }
  return { used, idle, over };
}
