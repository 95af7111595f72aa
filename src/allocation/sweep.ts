import { Breath } from '../base/breath.ts';
import { pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import { OPEN } from '../base/fence.ts';
import type { Fence } from '../base/fence.ts';
import type { Logger } from '../base/logger.ts';
import { ok } from '../base/result.ts';
import { mayLend, printHolder } from '../core/index.ts';
import type { Claim, Holder } from '../core/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { DomainKey, Ledger, Terms } from '../ledger/index.ts';
import type { Allocator } from './allocator.ts';
import { adopt, audit } from './audit.ts';
import { isAbovePods, ordinalIn } from './pod-holders.ts';
import { idOf, isHeld, sharedNumbers } from './shared-numbers.ts';
import type { Belief, Dispute } from './audit.ts';
import type { Liveness } from './liveness.ts';
import type { Quotas } from './quotas.ts';
import { stillGone } from './suspects.ts';
import type { Suspect } from './suspects.ts';

/** How long a holder must be gone before its numbers are freed: asked twice, so that no hiccup frees anything. */
const SECOND_LOOK_MS = 5_000;

/** The holders that the cluster shows, by domain. */
export interface Census {
  /** What holders say that they have; only of those whose word is settled. */
  readonly beliefs: ReadonlyMap<DomainKey, readonly Belief[]>;
  /** UIDs of all objects that are seen. */
  readonly alive: ReadonlySet<string>;
  /** Of pods: the node that each is on, by UID and by token; there and nowhere else it has numbers of a node. */
  readonly seats: ReadonlyMap<string, DomainKey | undefined>;
  /** Numbers that pods use which are held for what stands above them: `NAMESPACE/NUMBER`. They aren't released, whoever is gone. */
  readonly inUse: ReadonlySet<string>;
}

/** What a sweep did: for the metric and the log. */
export type SweepObserver = (
  action: 'adopted' | 'beyondQuota' | 'released' | 'disputed' | 'recounted',
  count: number,
) => void;

/** What a {@link Sweep} is made of. */
export interface SweepParts {
  readonly ledger: Ledger;
  readonly allocator: Allocator;
  readonly liveness: Liveness;
  readonly quotas: Quotas;
  readonly clock: Clock;
  readonly log: Logger;
  readonly observe: SweepObserver;
  /** In milliseconds: as long a pod that was told numbers may not be seen yet. */
  readonly reservationLifeMs: number;
  /** Nothing is written when it is closed. Default: never closes. */
  readonly fence?: Fence;
}

/** Compares holders with the ledger and mends what is amiss. Any number of managers may do it at once. */
export class Sweep {
  readonly #parts: SweepParts;

  constructor(parts: SweepParts) {
    this.#parts = parts;
  }

  /** The same sweep for somebody whose writes end with `fence`. */
  within(fence: Fence): Sweep {
    return new Sweep({ ...this.#parts, allocator: this.#parts.allocator.within(fence), fence });
  }

  /**
   * Gives the numbers that holders have and the ledger lacks back to them. Before anybody new is served, this must
   * have run once.
   * @returns the claims that were adopted, those that are beyond a quota and weren't, and the numbers that more than one says are its
   */
  async adopt(
    census: Census,
    signal: AbortSignal,
  ): Promise<{ adopted: readonly Claim[]; beyond: readonly Claim[]; disputes: readonly Dispute[] }> {
    const adopted: Claim[] = [];
    const beyond: Claim[] = [];
    const disputes: Dispute[] = [];
    const breath = new Breath();
    for (const [key, beliefs] of census.beliefs) {
      await breath.take();
      const isOver = (claim: Claim): boolean => this.#parts.ledger.isOver(key, claim);
      const found = audit(this.#parts.ledger.domain(key), beliefs, isOver);
      disputes.push(...found.disputes);
      if (found.missing.length === 0) continue;
      const done = await this.#parts.ledger.commit(
        key,
        (domain) => ok(adopt(domain, found.missing, isOver, this.#parts.quotas.allows)),
        this.#terms(signal),
      );
      if (!done.ok) throw new Error(done.error.message);
      adopted.push(...done.value.adopted);
      beyond.push(...done.value.beyond);
    }
    for (const claims of Map.groupBy(adopted, ({ pool, holder }) => `${pool} ${holder.namespace}`).values()) {
      const [first] = claims;
      if (first !== undefined)
        await this.#parts.quotas.catchUp(first.pool, first.holder.namespace, this.#terms(signal));
    }
    for (const claims of Map.groupBy(beyond, ({ holder }) => `${holder.key} ${holder.uid}`).values()) {
      const [first] = claims;
      if (first === undefined) continue;
      this.#parts.log.warn(
        'numbers that a holder says are its are beyond the quota of its namespace, and were not adopted',
        {
          numbers: claims.map(({ number }) => number),
          pool: first.pool,
          holder: printHolder(first.holder),
        },
      );
    }
    for (const claim of adopted) {
      this.#parts.log.warn('a number that the ledger lacked was adopted', {
        number: claim.number,
        holder: printHolder(claim.holder),
      });
    }
    this.#parts.observe('adopted', adopted.length);
    this.#parts.observe('beyondQuota', beyond.length);
    return { adopted, beyond, disputes };
  }

  /**
   * Frees the numbers of pods and allocations that are gone for sure. Returns those holders. What stands above pods is seen to by
   * {@link releaseUnshared}: pods may be answered with its numbers at any time.
   */
  async releaseGone(census: Census, signal: AbortSignal): Promise<readonly Holder[]> {
    const { liveness } = this.#parts;
    const unseen = await this.#unseenHolders(census);
    const suspects = await stillGone(liveness, unseen, signal);
    if (suspects.length === 0) return [];
    await pause(this.#parts.clock, SECOND_LOOK_MS, signal);
    const gone = await stillGone(liveness, suspects, signal);
    const released: Holder[] = [];
    for (const { holder, key } of gone) {
      const numbers = await this.#parts.allocator.release(holder, signal, { only: key });
      // Whoever watches the holder was faster.
      if (numbers.length === 0) continue;
      released.push(holder);
      this.#parts.log.warn('numbers of a holder that is gone were released', { holder: printHolder(holder), numbers });
    }
    this.#parts.observe('released', released.length);
    return released;
  }

  /** Sees to numbers that controllers and ordinals hold for pods, in two steps; see {@link sharedNumbers}. */
  async releaseUnshared({ inUse }: Census, signal: AbortSignal): Promise<void> {
    const { ledger, allocator, clock, log, reservationLifeMs } = this.#parts;
    const { used, idle, busy } = sharedNumbers(ledger.domain(CLUSTER), inUse);
    for (const { holder } of used) await allocator.confirm([{ token: holder.uid, holder }], signal);
    const due = clock.now() / 1000;
    for (const [, claims] of Map.groupBy(idle, idOf)) {
      const [first] = claims;
      if (first === undefined) continue;
      const unasked = await this.#unasked(first.holder, claims, busy.has(idOf(first)), signal);
      await allocator.doubt(unasked.filter(isHeld), Math.ceil(due + reservationLifeMs / 1000), signal);
      const over = unasked.filter((claim) => !isHeld(claim) && ledger.isOver(CLUSTER, claim));
      if (over.length === 0) continue;
      await allocator.releaseDoubted(over, signal);
      const numbers = over.map(({ number }) => number);
      this.#parts.observe('released', 1);
      log.info('shared numbers that no pod needs were released', { holder: printHolder(first.holder), numbers });
    }
  }

  /**
   * Which of the `idle` numbers of `holder` nothing keeps. An ordinal keeps its own while its set is there; not those that
   * its pod, which is there, wasn't told, and not those that somebody has put in doubt.
   */
  async #unasked(
    holder: Holder,
    idle: readonly Claim[],
    isBusy: boolean,
    signal: AbortSignal,
  ): Promise<readonly Claim[]> {
    const { liveness } = this.#parts;
    if (ordinalIn(holder) === undefined) {
      const asked = await liveness.asksFor(holder, [...new Set(idle.map(({ port }) => port))], signal);
      return idle.filter(({ port }) => !asked.includes(port));
    }
    return isBusy || (await liveness.isGone(holder, signal)) ? idle : idle.filter((claim) => !isHeld(claim));
  }

  /** Writes blocks that say more than is true any longer, and corrects quota counters. */
  async tidy(signal: AbortSignal): Promise<void> {
    const terms = this.#terms(signal);
    await this.#parts.ledger.tidy(terms);
    this.#parts.observe('recounted', await this.#parts.quotas.recount(terms));
  }

  #terms(signal: AbortSignal): Terms {
    const { fence = OPEN } = this.#parts;
    return { signal, fence };
  }

  async #unseenHolders({ alive, seats, inUse }: Census): Promise<readonly Suspect[]> {
    const breath = new Breath();
    const unseen = new Map<string, Suspect>();
    const needed = new Set<string>();
    const { ledger } = this.#parts;
    for (const key of [...ledger.domains()]) {
      await breath.take();
      for (const claim of ledger.domain(key).claims()) {
        const { number, state, holder } = claim;
        // Whoever borrows from an allocation has a claim of its own.
        const mayBeUsed = key === CLUSTER && !mayLend(holder);
        if (mayBeUsed && inUse.has(`${holder.namespace}/${number}`)) needed.add(holder.uid);
        const isDue = state === 'held' || (state === 'reserved' && ledger.isOver(key, claim));
        const isElsewhere = key !== CLUSTER && seats.has(holder.uid) && seats.get(holder.uid) !== key;
        const isSeen = alive.has(holder.uid) && !isElsewhere;
        if (isDue && !isSeen && !(key === CLUSTER && isAbovePods(holder)))
          unseen.set(`${key} ${holder.key} ${holder.uid}`, { holder, key });
      }
    }
    return [...unseen.values()].filter(({ holder }) => !needed.has(holder.uid));
  }
}
