import type { Sweep } from '../../allocation/index.ts';
import { isCancellation, pause } from '../../base/cancellation.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Pod, ResourceCache } from '../../kube/index.ts';
import { restAfter } from './pace.ts';
import { countUsed } from './pod-census.ts';

/** What the loop is made of. */
export interface DoubtLoopParts {
  readonly sweep: Pick<Sweep, 'settleDoubts'>;
  readonly pods: ResourceCache<Pod>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Between two looks, at least; see {@link restAfter}. */
  readonly intervalMs: number;
}

/**
 * Looks at the numbers that pods share, and at what is in doubt. By itself, because from the last pod's end to the number's
 * being free a reservation's life has to pass as it is: it doesn't wait for a sweep, which counts and asks after all holders.
 */
export class DoubtLoop {
  readonly #parts: DoubtLoopParts;

  constructor(parts: DoubtLoopParts) {
    this.#parts = parts;
  }

  /** Looks until the signal aborts. Trouble is logged, and the next look tries again. */
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
