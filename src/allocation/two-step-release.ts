import { Breath } from '../base/breath.ts';
import type { Logger } from '../base/logger.ts';
import { isUse, printHolder } from '../core/index.ts';
import type { Claim, Domain } from '../core/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';
import type { Allocator } from './allocator.ts';
import type { Liveness } from './liveness.ts';
import { isShared, mayAskAgain } from './pod-holders.ts';

/** Whose pods are looked at. */
export interface Where {
  readonly namespace: string;
  /** A node has its own numbers; those of the cluster may be used on any. */
  readonly domain: DomainKey;
}

/**
 * Which of `numbers` unfinished pods use, as the API server itself says now: a cache may be behind. Fails when it says nothing.
 */
export type LookAtPods = (
  where: Where,
  numbers: ReadonlySet<number>,
  signal: AbortSignal,
) => Promise<ReadonlySet<number>>;

/** What {@link TwoStepRelease} is made of. */
export interface TwoStepReleaseParts {
  readonly ledger: Ledger;
  readonly allocator: Allocator;
  readonly liveness: Liveness;
  readonly lookAtPods: LookAtPods;
  readonly log: Logger;
}

/** Of a node it isn't known which of its numbers are in use, before it is looked at. */
const NONE: ReadonlySet<string> = new Set();

/**
 * Releases what may be asked for again in two steps: it is doubted, by a write; and, when everybody has been seen who was
 * answered with it before, released. Whoever is answered in between takes the doubt back, by a write, and whoever comes
 * later finds it gone. So none is answered with what is released at that moment.
 */
export class TwoStepRelease {
  readonly #parts: TwoStepReleaseParts;

  constructor(parts: TwoStepReleaseParts) {
    this.#parts = parts;
  }

  /**
   * Takes the next step with everything, as it stands now.
   * @param inUse numbers that unfinished pods use: `NAMESPACE/NUMBER`
   * @returns how many numbers were released
   */
  async step(inUse: ReadonlySet<string>, signal: AbortSignal): Promise<number> {
    const { ledger, allocator } = this.#parts;
    const breath = new Breath();
    let released = 0;
    for (const key of [...ledger.domains()]) {
      await breath.take();
      const view = { inUse: key === CLUSTER ? inUse : NONE, isOver: (claim: Claim) => ledger.isOver(key, claim) };
      const { used, idle, over } = await doubtsIn(ledger.domain(key), view);
      const wanted = new Set(await this.#wantedOf(idle, signal));
      await allocator.believe(used, signal, key);
      await allocator.doubt(
        idle.filter((claim) => !wanted.has(claim)),
        signal,
        key,
      );
      released += await this.settle(key, over, signal);
    }
    return released;
  }

  /**
   * Takes the second step with `over`, which are in doubt for as long as somebody may be on the way with them.
   * @returns how many numbers were released
   */
  async settle(key: DomainKey, over: readonly Claim[], signal: AbortSignal): Promise<number> {
    const wanted = new Set(await this.#wantedOf(over, signal));
    await this.#parts.allocator.believe([...wanted], signal, key);
    let released = 0;
    for (const [namespace, claims] of Map.groupBy(over, ({ holder }) => holder.namespace)) {
      const unwanted = claims.filter((claim) => !wanted.has(claim));
      released += await this.#releaseUnused({ namespace, domain: key }, unwanted, signal);
    }
    return released;
  }

  /** Those of `claims` with which a controller still has pods made. */
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

  /** The second step with `claims`, which are of one namespace. */
  async #releaseUnused(where: Where, claims: readonly Claim[], signal: AbortSignal): Promise<number> {
    if (claims.length === 0) return 0;
    const { allocator, lookAtPods, log } = this.#parts;
    const used = await lookAtPods(where, new Set(claims.map(({ number }) => number)), signal);
    // A port with several numbers is used as a whole: not every one of them is named in a pod.
    const usedPorts = new Set(claims.filter(({ number }) => used.has(number)).map(portKey));
    await allocator.believe(
      claims.filter((claim) => usedPorts.has(portKey(claim))),
      signal,
      where.domain,
    );
    const unused = claims.filter((claim) => !usedPorts.has(portKey(claim)));
    await allocator.releaseDoubted(unused, signal, where.domain);
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

/** What is to be looked at of what may be asked for again; see {@link doubtsIn}. */
export interface Doubts {
  /** Doubted, and in use again: to be held. */
  readonly used: readonly Claim[];
  /** Held for controllers, and no pod of the namespace uses it: to be doubted, unless the controller has pods made with it. */
  readonly idle: readonly Claim[];
  /** Doubted for as long as somebody may be on the way with it, and nobody is seen: to be released after a look at the pods. */
  readonly over: readonly Claim[];
}

/** How a domain is looked at. */
export interface View {
  /** Numbers that unfinished pods use, as far as it is known here: `NAMESPACE/NUMBER`. */
  readonly inUse: ReadonlySet<string>;
  /** Whether a reservation has ended; see `Ledger.isOver`. */
  readonly isOver: (reserved: Claim) => boolean;
}

/**
 * Sorts what a domain has of holders that may ask for it again, by what has to be seen to. Gives way to others now and then:
 * what changes meanwhile is seen as it was or as it is.
 */
export async function doubtsIn(domain: Domain, { inUse, isOver }: View): Promise<Doubts> {
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
