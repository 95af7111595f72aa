import { parsePortPool, PortPools } from '../api/index.ts';
import type { PortPoolSpec } from '../api/index.ts';
import { isCancellation } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { ClusterClient } from '../kube/index.ts';

/** What {@link PoolSpecs} needs. */
interface PoolSpecsParts {
  readonly client: Pick<ClusterClient, 'list'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** How old the known specs may be, in milliseconds; randomized by a fifth, so that agents don't ask at the same time. */
  readonly everyMs: number;
}

/**
 * The specs of all pools, read now and then. A watch would send each of thousands of agents every count that managers
 * write into a pool's status, once a second.
 */
export class PoolSpecs {
  readonly #parts: PoolSpecsParts;
  #known: readonly PortPoolSpec[] | undefined;
  #nextAt = -Infinity;

  constructor(parts: PoolSpecsParts) {
    this.#parts = parts;
  }

  /** Specs that are recent enough. If they can't be read, the last known specs count; throws if there are none. */
  async read(signal: AbortSignal): Promise<readonly PortPoolSpec[]> {
    const { clock, random, log, everyMs } = this.#parts;
    if (this.#known !== undefined && clock.monotonic() < this.#nextAt) return this.#known;
    this.#nextAt = clock.monotonic() + everyMs * (0.8 + 0.4 * (random.below(1_000) / 1_000));
    try {
      this.#known = await this.#list(signal);
    } catch (error) {
      if (this.#known === undefined || isCancellation(error, signal)) throw error;
      log.warn('pools can not be read: what is reported is of those that were there before', { error });
    }
    return this.#known;
  }

  async #list(signal: AbortSignal): Promise<readonly PortPoolSpec[]> {
    // What the API server has in its cache costs it least.
    const { items } = await this.#parts.client.list(PortPools, { resourceVersion: '0', retryForMs: 0, signal });
    return items.flatMap((object) => {
      const parsed = parsePortPool(object);
      return parsed.ok ? [parsed.value.spec] : [];
    });
  }
}
