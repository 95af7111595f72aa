import { Breath } from '../base/breath.ts';
import { pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import { OPEN } from '../base/fence.ts';
import type { Fence } from '../base/fence.ts';
import { ok } from '../base/result.ts';
import { mayLend, printHolder } from '../core/index.ts';
import type { Claim, Holder } from '../core/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { DomainKey, Terms } from '../ledger/index.ts';
import { adopt, auditGently } from './audit.ts';
import type { Dispute } from './audit.ts';
import type { Census } from './census.ts';
import { TwoStepRelease } from './two-step-release.ts';
import type { TwoStepReleaseParts } from './two-step-release.ts';
import { isOfItself, isShared, ordinalIn } from './pod-holders.ts';
import type { Quotas } from './quotas.ts';
import { goneOf, SECOND_LOOK_MS } from './liveness.ts';
import type { UnseenHolder } from './liveness.ts';

/** Called with what a sweep did, for the metric and the log. */
export type SweepObserver = (
  action: 'adopted' | 'beyondQuota' | 'released' | 'disputed' | 'recounted',
  count: number,
) => void;

/** What a {@link Sweep} needs. */
interface SweepParts extends TwoStepReleaseParts {
  readonly quotas: Quotas;
  readonly clock: Clock;
  readonly observe: SweepObserver;
  /** Whether a node exists, as far as the cache shows. */
  readonly isNode: (name: string) => boolean;
  /** Nothing is written once it is closed. Default: it never closes. */
  readonly fence?: Fence;
}

/** Compares holders with the ledger and repairs differences. Any number of managers may do so at once. */
export class Sweep {
  readonly #parts: SweepParts;
  /** The releases in two steps. */
  readonly twoStepRelease: TwoStepRelease;

  constructor(parts: SweepParts) {
    this.#parts = parts;
    this.twoStepRelease = new TwoStepRelease(parts);
  }

  /** The same sweep; it writes nothing once `fence` is closed. */
  within(fence: Fence): Sweep {
    return new Sweep({ ...this.#parts, allocator: this.#parts.allocator.within(fence), fence });
  }

  /**
   * Adopts the numbers that holders have and the ledger lacks. Must run once before any new request is served.
   * @throws if the ledger can't be written
   * @returns the adopted claims, those that weren't adopted because they exceed a quota, and the numbers that several
   * holders claim
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
      const found = await auditGently(this.#parts.ledger.domain(key), beliefs, isOver);
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
   * Releases the numbers of holders that are certainly gone. Those of ordinals are released in two steps, of which this
   * is the first.
   * @returns how long it rested between its two looks, in milliseconds
   */
  async releaseGone(census: Census, signal: AbortSignal): Promise<number> {
    const isGone = ({ holder, key }: UnseenHolder) => this.#parts.liveness.isGone(holder, signal, key);
    const found = await goneOf(await this.#unseenHolders(census), isGone);
    // A release in two steps needs no second look before the first step.
    await this.#beginReleaseOfOrdinals(found, signal);
    const rest = found.filter(({ holder }) => ordinalIn(holder) === undefined);
    if (rest.length === 0) return 0;
    await pause(this.#parts.clock, SECOND_LOOK_MS, signal);
    const gone = await goneOf(rest, isGone);
    let released = 0;
    for (const { holder, key } of gone) {
      const numbers = await this.#parts.allocator.release(holder, signal, { only: key });
      // The controller that watches the holder was faster.
      if (numbers.length === 0) continue;
      released++;
      this.#parts.log.warn('numbers of a holder that is gone were released', { holder: printHolder(holder), numbers });
    }
    this.#parts.observe('released', released);
    return SECOND_LOOK_MS;
  }

  /** Takes the next steps of releases in two steps, and counts them; see {@link TwoStepRelease.step}. */
  async settleDoubts({ inUse }: Pick<Census, 'inUse'>, signal: AbortSignal): Promise<void> {
    this.#parts.observe('released', await this.twoStepRelease.step(inUse, signal));
  }

  /** Rewrites blocks with outdated claims, deletes blocks that are no longer needed, and corrects quota counters. */
  async tidy(signal: AbortSignal): Promise<void> {
    const terms = this.#terms(signal);
    await this.#parts.ledger.tidy(terms);
    this.#parts.observe('recounted', await this.#parts.quotas.recount(terms));
    await this.#parts.ledger.dropGone(this.#parts.isNode, terms);
  }

  #terms(signal: AbortSignal): Terms {
    const { fence = OPEN } = this.#parts;
    return { signal, fence };
  }

  /** In two steps, because a pod of a deleted set may still appear, and anybody may create a pod that names the set (T24). */
  async #beginReleaseOfOrdinals(gone: readonly UnseenHolder[], signal: AbortSignal): Promise<void> {
    const ordinals = gone.filter(({ holder }) => ordinalIn(holder) !== undefined);
    for (const [key, group] of Map.groupBy(ordinals, (each) => each.key)) {
      const claims = group.flatMap(({ holder }) =>
        this.#parts.allocator.claimsUnder(holder.key, key).filter(({ holder: { uid } }) => uid === holder.uid),
      );
      await this.#parts.allocator.releases.begin(key, claims, signal);
    }
  }

  async #unseenHolders(census: Census): Promise<readonly UnseenHolder[]> {
    const breath = new Breath();
    const unseen = new Map<string, UnseenHolder>();
    const needed = new Set<string>();
    const { ledger } = this.#parts;
    for (const key of [...ledger.domains()]) {
      for (const claim of ledger.domain(key).claims()) {
        if (breath.isDue) await breath.take();
        const { number, holder } = claim;
        if (isReleasedInTwoSteps(claim)) continue;
        // A pod that borrows the number of an allocation has a claim of its own, so only other holders need this look.
        const isAbovePods = key === CLUSTER && !mayLend(holder);
        if (isAbovePods && census.inUse.has(`${holder.namespace}/${number}`)) needed.add(inNamespace(holder));
        if (this.#isDue(key, claim) && !isSeen(holder, key, census))
          unseen.set(`${key} ${holder.key} ${holder.uid}`, { holder, key });
      }
    }
    return [...unseen.values()].filter(({ holder }) => !needed.has(inNamespace(holder)));
  }

  #isDue(key: DomainKey, claim: Claim): boolean {
    return claim.state === 'held' || (claim.state === 'reserved' && this.#parts.ledger.isOver(key, claim));
  }
}

/** Whether `holder` is seen, and, if it is a pod on a node, whether `key` isn't the domain of another node. */
function isSeen(holder: Holder, key: DomainKey, { alive, seats }: Census): boolean {
  const isElsewhere = key !== CLUSTER && seats.has(holder.uid) && seats.get(holder.uid) !== key;
  return isOfItself(holder) && (alive.has(holder.uid) || alive.has(holder.key)) && !isElsewhere;
}

/** A key that all ordinals of a set share. The UID alone isn't enough: a pod may name an owner of any namespace (T12). */
function inNamespace({ namespace, uid }: Holder): string {
  return `${namespace}/${uid}`;
}

/**
 * Whether {@link TwoStepRelease} decides about a claim: it does for numbers that pods share, which are released when no
 * pod uses them, whether or not the holder exists, and for claims of ordinals whose release has begun.
 */
function isReleasedInTwoSteps({ holder, state }: Claim): boolean {
  return isShared(holder) || (state === 'reserved' && ordinalIn(holder) !== undefined);
}
