import type { Sweep } from '../../allocation/index.ts';
import { isCancellation, pause } from '../../base/cancellation.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Pod, ResourceCache } from '../../kube/index.ts';
import { restAfter } from './pace.ts';
import { countUsed } from './pod-census.ts';

/** What the loop needs. */
export interface DoubtLoopParts {
  readonly sweep: Pick<Sweep, 'settleDoubts'>;
  readonly pods: ResourceCache<Pod>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The shortest time between two looks, in milliseconds; see {@link restAfter}. */
  readonly intervalMs: number;
}

/**
 * Looks at shared numbers and at doubted claims. It is a loop of its own because from the end of the last pod to the
 * release of its number a reservation's life passes anyway: it shouldn't wait for a sweep as well, which looks at all
 * holders.
 */
export class DoubtLoop {
  readonly #parts: DoubtLoopParts;

  constructor(parts: DoubtLoopParts) {
    this.#parts = parts;
  }

  /** Runs until the signal aborts. Trouble is logged, and the next look tries again. */
  async run(signal: AbortSignal): Promise<void> {
    const { sweep, pods, clock, log, intervalMs } = this.#parts;
    while (!signal.aborted) {
      const began = clock.monotonic();
      try {
        await sweep.settleDoubts({ inUse: await countUsed(pods.list()) }, signal);
      } catch (error) {
        if (isCancellation(error, signal)) return;
        log.warn('numbers that pods share could not all be looked at, and are looked at again', { error });
      }
      await pause(clock, restAfter(clock.monotonic() - began, intervalMs), signal).catch(() => undefined);
    }
  }
}
