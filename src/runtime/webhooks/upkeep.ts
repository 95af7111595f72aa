import { isCancellation } from '../../base/cancellation.ts';
import type { Clock } from '../../base/clock.ts';
import type { Lifetime } from '../../base/lifetime.ts';
import type { Logger } from '../../base/logger.ts';
import { systemRandom } from '../../base/random.ts';
import type { Random } from '../../base/random.ts';
import { ResourceCache, backoffMs, isApiError } from '../../kube/index.ts';
import type { ClusterClient, KubeObject, ResourceType } from '../../kube/index.ts';
import { Notifier } from '../notifier.ts';

/** The longest time between two looks, even if no watch reports a change, in milliseconds. */
const RESYNC_MS = 60_000;
/** The shortest time between two looks, in milliseconds, so that lives of seconds don't keep the machine busy. */
export const LEAST_WAIT_MS = 100;

/** What {@link Upkeep} needs. */
interface UpkeepOptions {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: Random | undefined;
  /** Does the next step. Returns in how many milliseconds to look again. */
  readonly look: (signal: AbortSignal) => Promise<number>;
  /** Called when a look has failed, unless another replica was only faster. */
  readonly onFailure: (error: unknown, waitMs: number) => void;
}

/**
 * Maintains something that replicas share. It looks at it when a watch reports a change, when it is time, and again
 * after a failure. Every replica does all of it; there is no leader.
 */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #notifier = new Notifier();
  #failure: string | undefined;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /** Why the last look failed; undefined if it didn't. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Looks again as soon as the present look is over. */
  lookAgain(): void {
    this.#notifier.notify();
  }

  /** Looks whenever this object changes. The watch only triggers the look, which reads everything anew. */
  watch<T extends KubeObject>(lifetime: Lifetime, type: ResourceType<T>, name: string, namespace?: string): void {
    const { client, clock, logger, random = systemRandom } = this.#options;
    const fieldSelector = `metadata.name=${name}`;
    // Secrets aren't kept in memory longer than they are needed.
    const trim = (object: T): T => ({ ...object, data: undefined });
    const cache = new ResourceCache({ client, type, namespace, fieldSelector, clock, random, logger, trim });
    lifetime.own(cache).subscribe(() => this.#notifier.notify());
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
      await this.#notifier.wait(this.#options.clock, waitMs, signal);
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

/**
 * Measures how long something has been unchanged, on this process's monotonic clock, from when this process first saw
 * it. So a replica that restarts waits again, and no other process's clock matters.
 */
export class SeenFor {
  readonly #clock: Clock;
  #what: string | undefined;
  #since = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Records the present value. Returns for how many milliseconds it has been the same, or undefined if there is no
   * value.
   */
  note(what: string | undefined): number | undefined {
    const now = this.#clock.monotonic();
    if (what !== this.#what) this.#since = now;
    this.#what = what;
    return what === undefined ? undefined : now - this.#since;
  }
}
