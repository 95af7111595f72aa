import { isCancellation, pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { holderKind, printHolder } from '../core/index.ts';
import type { Claim } from '../core/index.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';
import type { Allocator } from './allocator.ts';
import type { TwoStepRelease } from './two-step-release.ts';
import type { Liveness, UnseenHolder } from './liveness.ts';
import { mayAskAgain } from './pod-holders.ts';
import { goneOf, SECOND_LOOK_MS } from './liveness.ts';
import type { SweepObserver } from './sweep.ts';

/**
 * How often ended reservations are looked for, in milliseconds. There are few reservations: that of a pod ends when the
 * pod is seen.
 */
const LOOK_EVERY_MS = 1_000;

/** How long the API server isn't asked again for a pod that exists, in milliseconds; the sweep looks at such a pod, too. */
const NEXT_LOOK_MS = 60_000;

/** How many reservations are handled in one look; the next look handles more. */
const MOST_AT_ONCE = 512;

/** What {@link ReservationEnds} needs. */
interface ReservationEndsParts {
  readonly ledger: Ledger;
  readonly allocator: Allocator;
  readonly liveness: Pick<Liveness, 'isNameFree'>;
  readonly twoStepRelease: Pick<TwoStepRelease, 'finish'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly observe: SweepObserver;
}

type Reservation = readonly [key: DomainKey, claim: Claim];

/** A pod whose reservation has ended. */
interface Ended extends UnseenHolder {
  readonly id: string;
}

/** Whether the pod was missing at the last look, and when the next look is due, by the monotonic clock. */
interface LastLook {
  readonly isGone: boolean;
  readonly dueAt: number;
}

/**
 * Releases the reservations of pods that were never created, and takes the second step of releases in two steps, as
 * soon as they have ended. They don't wait for a sweep, which looks at all holders. If a pod has the name, its numbers
 * are left to the sweep, because the pod may use them although they were reserved again for another create of its name.
 */
export class ReservationEnds {
  readonly #parts: ReservationEndsParts;
  #lastLooks: ReadonlyMap<string, LastLook> = new Map();

  constructor(parts: ReservationEndsParts) {
    this.#parts = parts;
  }

  /** Runs until the signal aborts. An error is logged, and the next look tries again. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    while (!signal.aborted) {
      try {
        await this.look(signal);
      } catch (error) {
        if (isCancellation(error, signal)) return;
        log.warn('reservations that have ended could not be released, and are looked at again', { error });
      }
      await pause(clock, LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  }

  /** One look: remembers ended reservations, and releases those whose pods were missing at an earlier look as well. */
  async look(signal: AbortSignal): Promise<void> {
    const now = this.#parts.clock.monotonic();
    const all = [...this.#parts.ledger.endedReservations()];
    const ended = ofPods(all);
    const due = ended.filter(({ id }) => (this.#lastLooks.get(id)?.dueAt ?? now) <= now).slice(0, MOST_AT_ONCE);
    const { liveness } = this.#parts;
    const gone = new Set(await goneOf(due, ({ holder }) => liveness.isNameFree(holder, signal)));
    const toRelease = due.filter((each) => gone.has(each) && this.#lastLooks.get(each.id)?.isGone === true);
    this.#remember(ended, due, gone);
    // All at once, so that they share writes.
    await Promise.all(toRelease.map((each) => this.#release(each, signal)));
    await this.#finishReleases(all, signal);
  }

  /** Other holders than pods may ask again, so their claims are reserved only because their release has begun. */
  async #finishReleases(all: readonly Reservation[], signal: AbortSignal): Promise<void> {
    const begun = all.filter(([, { holder }]) => mayAskAgain(holder)).slice(0, MOST_AT_ONCE);
    for (const [key, group] of Map.groupBy(begun, ([domain]) => domain)) {
      const claims = group.map(([, claim]) => claim);
      this.#parts.observe('released', await this.#parts.twoStepRelease.finish(key, claims, signal));
    }
  }

  /** Remembers what this look found, and forgets pods whose reservations no longer exist. */
  #remember(ended: readonly Ended[], looked: readonly Ended[], gone: ReadonlySet<UnseenHolder>): void {
    const now = this.#parts.clock.monotonic();
    const lastLooks = new Map<string, LastLook>();
    for (const { id } of ended) {
      const before = this.#lastLooks.get(id);
      if (before !== undefined) lastLooks.set(id, before);
    }
    for (const each of looked) {
      const isGone = gone.has(each);
      lastLooks.set(each.id, { isGone, dueAt: now + (isGone ? SECOND_LOOK_MS : NEXT_LOOK_MS) });
    }
    this.#lastLooks = lastLooks;
  }

  async #release({ holder, key }: UnseenHolder, signal: AbortSignal): Promise<void> {
    const numbers = await this.#parts.allocator.release(holder, signal, { only: key });
    if (numbers.length === 0) return;
    this.#parts.observe('released', 1);
    this.#parts.log.info('numbers that were reserved for a pod that never came were released', {
      holder: printHolder(holder),
      numbers,
    });
  }
}

/** The pods whose reservations have ended, by domain. */
function ofPods(all: readonly Reservation[]): readonly Ended[] {
  const ended = new Map<string, Ended>();
  for (const [key, { holder }] of all) {
    const id = `${key} ${holder.key} ${holder.uid}`;
    if (holderKind(holder) === 'Pod') ended.set(id, { id, holder, key });
  }
  return [...ended.values()];
}
