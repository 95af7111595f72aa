import { isCancellation } from '../../base/cancellation.ts';
import type { Clock } from '../../base/clock.ts';
import type { Lifetime } from '../../base/lifetime.ts';
import type { Logger } from '../../base/logger.ts';
import { systemRandom } from '../../base/random.ts';
import type { Random } from '../../base/random.ts';
import { ResourceCache, backoffMs, isApiError } from '../../kube/index.ts';
import type { ClusterClient, KubeObject, ResourceType } from '../../kube/index.ts';
import { Notifier } from '../notifier.ts';

/** How often to look even if no watch reports a change, in milliseconds. */
const RESYNC_MS = 60_000;
/** The shortest time between two looks, so that short lives don't keep the machine busy. */
export const LEAST_WAIT_MS = 100;

/** What {@link Upkeep} needs. */
export interface UpkeepOptions {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: Random | undefined;
  /** Takes the next step; returns in how many milliseconds to look again. */
  readonly look: (signal: AbortSignal) => Promise<number>;
  /** Called with a failure that is more than another replica having written first. */
  readonly onFailure: (error: unknown, waitMs: number) => void;
}

/**
 * Maintains something that replicas share: when a watch reports a change, when it is time, and again after trouble.
 * Every replica does all of it, without a leader.
 */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #bell = new Notifier();
  #failure: string | undefined;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /** Why the last look failed; undefined when it didn't. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Has it look again as soon as the present look is over. */
  ring(): void {
    this.#bell.ring();
  }

  /** A watch only says that it is time to look: what is decided on is read anew. */
  watch<T extends KubeObject>(lifetime: Lifetime, type: ResourceType<T>, name: string, namespace?: string): void {
    const { client, clock, logger, random = systemRandom } = this.#options;
    const fieldSelector = `metadata.name=${name}`;
    // Secrets stay in memory no longer than they are needed.
    const trim = (object: T): T => ({ ...object, data: undefined });
    const cache = new ResourceCache({ client, type, namespace, fieldSelector, clock, random, logger, trim });
    lifetime.own(cache).subscribe(() => this.#bell.ring());
    cache.start();
  }

  /** Looks until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      let waitMs: number;
      try {
        waitMs = Math.min(RESYNC_MS, Math.max(LEAST_WAIT_MS, await this.#options.look(signal)));
        failures = 0;
        this.#failure = undefined;
      } catch (error) {
        if (isCancellation(error, signal)) return;
        waitMs = this.#retryAfter(error, failures++);
      }
      await this.#bell.wait(this.#options.clock, waitMs, signal);
    }
  }

  #retryAfter(error: unknown, failures: number): number {
    const { random = systemRandom, logger, onFailure } = this.#options;
    const waitMs = backoffMs({ firstMs: 100, capMs: 15_000 }, failures, random);
    // Normal with several replicas: another one wrote first.
    if (isApiError(error, 'conflict', 'alreadyExists')) logger.debug('another replica was faster', { error });
    else onFailure(error, waitMs);
    this.#failure = error instanceof Error ? error.message : String(error);
    return waitMs;
  }
}
