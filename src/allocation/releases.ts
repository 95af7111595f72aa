import type { Clock } from '../base/clock.ts';
import { OPEN } from '../base/fence.ts';
import type { Fence } from '../base/fence.ts';
import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { chargedBetween, release } from '../core/index.ts';
import type { Claim, Refusal } from '../core/index.ts';
import type { DomainKey, Ledger, Terms, Work } from '../ledger/index.ts';
import type { Charged, PoolLimits } from './pool-limits.ts';
import type { Pools } from './pools.ts';
import type { Quotas } from './quotas.ts';

/** What {@link Releases} needs. */
interface ReleasesParts {
  readonly ledger: Ledger;
  readonly pools: Pools;
  readonly quotas: Quotas;
  readonly limits: PoolLimits;
  readonly clock: Clock;
  /** Nothing is written once it is closed. Default: it never closes. */
  readonly fence?: Fence;
}

/** A change of state for claims; `time` is the new one's, in seconds since the epoch. */
interface Change {
  readonly from: Claim['state'];
  readonly to: Claim['state'];
  readonly time: number;
}

/**
 * Releases claims, at once or in two steps ({@link TwoStepRelease}). Every method changes only claims that are unchanged
 * since the caller read them, leaves the others alone, and makes one write for each block.
 */
export class Releases {
  readonly #parts: ReleasesParts;

  constructor(parts: ReleasesParts) {
    this.#parts = parts;
  }

  /**
   * Releases `claims`, which are all of one namespace: those that were held cool. If the holder `wasThere`, those that
   * were only reserved cool, too.
   * @throws if the ledger can't be written
   */
  async release(key: DomainKey, claims: readonly Claim[], signal: AbortSignal, wasThere = false): Promise<void> {
    await this.#drop(key, claims, signal, { wasThere, isIn: () => true });
  }

  /**
   * The first step of a release in two steps, for numbers that may be asked for again under the same name: those of
   * `claims` that are held become reserved for the life of a reservation. If such a number is asked for again meanwhile,
   * a write makes the claim held before the answer.
   * @throws if the ledger can't be written
   */
  async begin(key: DomainKey, claims: readonly Claim[], signal: AbortSignal): Promise<void> {
    const time = this.#parts.ledger.newEnd();
    await this.#mark(key, claims, signal, { from: 'held', to: 'reserved', time });
  }

  /**
   * Reverts {@link begin}: those of `claims` that are reserved are held again.
   * @throws if the ledger can't be written
   */
  async cancel(key: DomainKey, claims: readonly Claim[], signal: AbortSignal): Promise<void> {
    const time = Math.floor(this.#parts.clock.now() / 1000);
    await this.#mark(key, claims, signal, { from: 'reserved', to: 'held', time });
  }

  /**
   * The second step: releases those of `claims`, all of one namespace, that are reserved; they cool.
   * @throws if the ledger can't be written
   */
  async finish(key: DomainKey, claims: readonly Claim[], signal: AbortSignal): Promise<void> {
    await this.#drop(key, claims, signal, { wasThere: true, isIn: (state) => state === 'reserved' });
  }

  async #mark(
    key: DomainKey,
    claims: readonly Claim[],
    signal: AbortSignal,
    { from, to, time }: Change,
  ): Promise<void> {
    const targets = claims.filter(({ state }) => state === from);
    if (targets.length === 0) return;
    const work: Work<undefined> = (domain) => {
      for (const target of targets) {
        const there = domain.claimsOn(target.number);
        const isIt = (claim: Claim): boolean => claim.state === from && isStill(claim, target);
        if (!there.some(isIt)) continue;
        domain.write(
          target.number,
          there.map((claim) => (isIt(claim) ? { ...claim, state: to, time } : claim)),
        );
      }
      return ok(undefined);
    };
    const done = await this.#parts.ledger.commit(key, work, this.#terms(signal));
    if (!done.ok) throw new Error(done.error.message);
  }

  async #drop(
    key: DomainKey,
    claims: readonly Claim[],
    signal: AbortSignal,
    { wasThere, isIn }: { readonly wasThere: boolean; readonly isIn: (state: Claim['state']) => boolean },
  ): Promise<void> {
    if (claims.length === 0) return;
    const { pools, ledger, quotas } = this.#parts;
    const namespace = claims[0]?.holder.namespace ?? '';
    const work: Work<Charged> = (domain, { now }) => {
      const before = domain.tally.heldBy(namespace);
      const present = claims.flatMap((target) =>
        domain.claimsOn(target.number).filter((claim) => isIn(claim.state) && isStill(claim, target)),
      );
      release(domain, present, now, { cooldownOf: pools.cooldownOf, wasThere });
      return ok(chargedBetween(before, domain.tally.heldBy(namespace)));
    };
    const terms = this.#terms(signal);
    const leaving = quotas.announce(claims);
    let dropped: Result<Charged, Refusal>;
    try {
      dropped = await ledger.commit(key, work, terms);
    } finally {
      leaving[Symbol.dispose]();
    }
    if (!dropped.ok) throw new Error(dropped.error.message);
    await this.#parts.limits.giveBack(namespace, dropped.value, terms);
  }

  #terms(signal: AbortSignal): Terms {
    const { fence = OPEN } = this.#parts;
    return { signal, fence };
  }
}

/**
 * Whether `claim` is unchanged since its release was decided. Compared by content, because the block may have been read
 * again since; a renewed reservation is another claim.
 */
function isStill(claim: Claim, before: Claim): boolean {
  if (claim.holder.uid !== before.holder.uid || claim.port !== before.port || claim.state === 'cooling') return false;
  return claim.state !== 'reserved' || claim.time === before.time;
}
