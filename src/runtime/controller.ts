import type { Clock } from '../base/clock.ts';
import type { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { InvariantError, assertNever, invariant } from '../base/result.ts';
import { isApiError } from '../kube/index.ts';
import type { BackoffShape } from '../kube/index.ts';
import { withDeadline } from './deadline.ts';
import { newReconcileId, withLogFields } from './logging.ts';
import { WorkQueue } from './work-queue.ts';

/** The result of a reconcile that didn't throw. */
export type Outcome =
  /** There is nothing to do until something changes. */
  | { readonly kind: 'settled' }
  /** Reconcile again in `afterMs`, even if nothing changes. */
  | { readonly kind: 'again'; readonly afterMs: number }
  /** Trying again can't help; only a change by a user or another program can. */
  | { readonly kind: 'stuck'; readonly cause: Error };

/** Brings the object with this key to the desired state. If it throws, the key is reconciled again later. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<Outcome>;

/** Makes a controller that isn't started. It reconciles up to `concurrency` keys at once. */
export type MakeController = (name: string, concurrency: number, reconcile: Reconcile) => Controller;

/** The result as the metric's label and the log line show it. */
type ReconcileResult = Outcome['kind'] | 'failed';

/** Receives what a controller does, for metrics. */
export interface ControllerObserver {
  depth(keys: number): void;
  reconciled(result: ReconcileResult, seconds: number): void;
}

/** What a controller needs. */
export interface ControllerOptions {
  /** The name in log lines and metrics. */
  readonly name: string;
  readonly reconcile: Reconcile;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly observer?: ControllerObserver;
  /** How many keys are reconciled at once; default 1. */
  readonly concurrency?: number;
  /** How long one reconcile may take before its signal is aborted, in milliseconds; default 30,000. */
  readonly deadlineMs?: number;
  readonly backoff?: BackoffShape;
}

/**
 * Reconciles keys. Keys that are added before the start wait for it. A controller is started once: each term of a
 * leader makes a new one.
 */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #logger: Logger;
  readonly #queue: WorkQueue;
  #started = false;

  constructor(options: ControllerOptions) {
    const { clock, random, backoff, observer } = options;
    this.#options = options;
    this.#logger = options.logger.child({ controller: options.name });
    this.#queue = new WorkQueue({
      clock,
      random,
      ...(backoff ? { backoff } : {}),
      ...(observer ? { onDepth: (keys: number) => observer.depth(keys) } : {}),
    });
  }

  /** Adds `key` to the work queue. A key that waits already isn't added twice. */
  enqueue(key: string): void {
    this.#queue.add(key);
  }

  /** Adds `key` to the work queue in `delayMs`, or earlier if an earlier call asked for that. */
  enqueueAfter(key: string, delayMs: number): void {
    this.#queue.addAfter(key, delayMs);
  }

  /** Works until `lifetime` ends. The end aborts running reconciles and waits for them. */
  start(lifetime: Lifetime): void {
    invariant(!this.#started, `the controller ${this.#options.name} was started already`);
    this.#started = true;
    lifetime.own(this.#queue);
    for (let worker = 0; worker < (this.#options.concurrency ?? 1); worker++) {
      lifetime.run(
        (signal) => this.#work(signal),
        (error) => this.#logger.error('a worker ended', { error }),
      );
    }
  }

  async #work(signal: AbortSignal): Promise<never> {
    for (;;) {
      const key = await this.#queue.take(signal);
      await withLogFields({ reconcileID: newReconcileId() }, () => this.#process(key, signal));
      this.#queue.done(key);
    }
  }

  async #process(key: string, signal: AbortSignal): Promise<void> {
    const { clock, reconcile, deadlineMs = 30_000, observer } = this.#options;
    const began = clock.monotonic();
    const late = (): void => this.#logger.warn('a reconcile is over its deadline', { key, deadlineMs });
    let result: ReconcileResult;
    try {
      const outcome = await withDeadline({ clock, deadlineMs, signal, late }, (within) => reconcile(key, within));
      this.#settle(key, outcome);
      result = outcome.kind;
    } catch (error) {
      if (signal.aborted) return;
      this.#fail(key, error);
      result = 'failed';
    }
    const seconds = (clock.monotonic() - began) / 1000;
    observer?.reconciled(result, seconds);
    this.#logger.debug('reconciled', { key, outcome: result, seconds });
  }

  #settle(key: string, outcome: Outcome): void {
    this.#queue.forget(key);
    switch (outcome.kind) {
      case 'settled':
        return;
      case 'again':
        return this.#queue.addAfter(key, outcome.afterMs);
      case 'stuck':
        return this.#logger.info('a reconcile is stuck', { key, error: outcome.cause });
      default:
        return assertNever(outcome);
    }
  }

  #fail(key: string, error: unknown): void {
    const retryInMs = this.#queue.retry(key, isApiError(error) ? error.retryAfterMs : 0);
    const fields = { key, error, retryInMs };
    if (error instanceof InvariantError) this.#logger.error('a reconcile found a fault in the program', fields);
    // Normal in a cluster: another writer was first, or the namespace is being deleted.
    else if (isApiError(error, 'conflict', 'namespaceTerminating')) this.#logger.debug('a reconcile failed', fields);
    else this.#logger.warn('a reconcile failed', fields);
  }
}
