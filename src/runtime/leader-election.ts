import { pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import { Stopwatch } from '../base/fence.ts';
import type { Fence } from '../base/fence.ts';
import { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { invariant } from '../base/result.ts';
import { Leases, isApiError } from '../kube/index.ts';
import type { CallOptions, ClusterClient, Lease } from '../kube/index.ts';
import { mayTake, recordFor, recordGivenUp, observeLease, usualLeaseTimes } from './leadership.ts';
import type { LeaseTimes, ObservedLease } from './leadership.ts';
import { withDeadline } from './deadline.ts';

/** What giving the lease up may take at the end, in milliseconds. */
const giveUpMs = 2_000;

/** What an elector is made of. */
export interface LeaderElectorOptions {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Where the Lease is. */
  readonly namespace: string;
  readonly name: string;
  /** Who this replica is; no two may be the same. */
  readonly identity: string;
  readonly times?: LeaseTimes;
  /** Told at the start and whenever it changes; for metrics. */
  readonly onLeading?: (leading: boolean) => void;
  /**
   * Begins what a leader does. What it registers with `term` is ended when the term is; a failure ends the term. Nothing is
   * written in a term whose `fence` is closed: its last renewal is too long ago, whatever timers say.
   */
  readonly lead: (term: Lifetime, fence: Fence) => Promise<void>;
}

/**
 * Takes part in the election of one leader through a Lease, by client-go's algorithm: every write on the version that
 * was seen, silence measured on the own clock. A leader that can't renew ends its term, and is a candidate again.
 */
export class LeaderElector implements AsyncDisposable {
  readonly #options: LeaderElectorOptions;
  readonly #times: LeaseTimes;
  readonly #logger: Logger;
  #lifetime: Lifetime | undefined;
  #seen: ObservedLease | undefined;
  #leading = false;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#times = options.times ?? usualLeaseTimes;
    this.#logger = options.logger.child({ lease: options.name, identity: options.identity });
    options.onLeading?.(false);
  }

  /** Whether this replica leads now. */
  get leading(): boolean {
    return this.#leading;
  }

  /** Becomes a candidate; once. Ended by disposing: the term ends first, then the lease is given up. */
  start(): void {
    invariant(!this.#lifetime, 'the elector runs already');
    this.#lifetime = new Lifetime(`elector ${this.#options.identity}`);
    this.#lifetime.run(
      (signal) => this.#run(signal),
      (error) => this.#logger.error('the election broke', { error }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime?.[Symbol.asyncDispose]();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const renewal = new Renewal(this.#options.clock, this.#times.renewDeadlineMs);
      if (await this.#renew(this.#times.renewDeadlineMs, signal)) await this.#serveTerm(renewal, signal);
      else await this.#wait(this.#times.retryMs, signal);
    }
  }

  async #serveTerm(renewal: Renewal, signal: AbortSignal): Promise<void> {
    const { onLeading, lead } = this.#options;
    const term = new Lifetime('term');
    const failed = new AbortController();
    this.#leading = true;
    onLeading?.(true);
    this.#logger.info('leads');
    term.run(
      () => lead(term, renewal),
      (error) => {
        this.#logger.error('what a leader does failed to begin', { error });
        failed.abort();
      },
    );
    await this.#keep(renewal, AbortSignal.any([signal, failed.signal]));
    this.#leading = false;
    onLeading?.(false);
    await this.#end(term);
    if (this.#isOurs()) await this.#giveUp();
    this.#logger.info('leads no more');
    if (failed.signal.aborted) await this.#wait(this.#times.retryMs, signal);
  }

  /** Renews the lease until that fails for too long, or somebody else has it. */
  async #keep(renewal: Renewal, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#wait(Math.min(this.#times.retryMs, renewal.leftMs()), signal);
      // Counted from before the request: nobody can have seen the renewal earlier than that.
      const asked = new Stopwatch(this.#options.clock);
      const leftMs = renewal.leftMs();
      if (leftMs <= 0) return this.#logger.warn('the lease was not renewed in time');
      if (await this.#renew(leftMs, signal)) renewal.renewed(asked);
      else if (!this.#isOurs()) return this.#logger.warn('the lease was taken by another');
    }
  }

  /** Takes or renews the lease if that is ours to do; trouble is told and counts as a no. */
  async #renew(leftMs: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    try {
      // Reading and writing together: a term must not outlast what the lease allows, however slowly the server answers.
      return await withDeadline({ clock, deadlineMs: leftMs, signal }, (bounded) =>
        this.#takeLease({ signal: bounded, retryForMs: 0, timeoutMs: this.#times.renewDeadlineMs / 2 }),
      );
    } catch (error) {
      if (signal.aborted) return false;
      const stale = isApiError(error, 'conflict', 'alreadyExists');
      if (stale) this.#logger.debug('another was faster', { error });
      else this.#logger.warn('the lease was not read or written', { error });
      return false;
    }
  }

  async #takeLease(call: CallOptions): Promise<boolean> {
    const { client, clock, identity, namespace, name } = this.#options;
    const held = await client.find(Leases, { namespace, name }, call);
    if (!held) {
      const spec = recordFor(undefined, identity, this.#times, clock.now());
      this.#see(await client.create(Leases, { metadata: { namespace, name }, spec }, call));
      return true;
    }
    const seen = this.#see(held);
    // A leader that finds another's name has lost, however old the record is.
    if (this.#leading ? !this.#isOurs() : !mayTake(seen, identity, clock.monotonic())) return false;
    const spec = recordFor(held.spec, identity, this.#times, clock.now());
    this.#see(await client.replace(Leases, { ...held, spec }, call));
    return true;
  }

  /** Ends what the term began. A failure there is told, and keeps nobody from the next term. */
  async #end(term: Lifetime): Promise<void> {
    try {
      await term[Symbol.asyncDispose]();
    } catch (error) {
      this.#logger.error('the term did not end cleanly', { error });
    }
  }

  /**
   * Lets another take over at once. The renewal that was under way when we were told to stop may have been stored unheard
   * of, so the lease is read first. Has a signal of its own, because ours may be aborted.
   */
  async #giveUp(): Promise<void> {
    const { client, clock, namespace, name } = this.#options;
    const signal = new AbortController().signal;
    try {
      await withDeadline({ clock, deadlineMs: giveUpMs, signal }, async (bounded) => {
        const call = { signal: bounded, retryForMs: 0 };
        const lease = await client.find(Leases, { namespace, name }, call);
        if (lease === undefined) return;
        this.#see(lease);
        if (!this.#isOurs()) return;
        this.#see(await client.replace(Leases, { ...lease, spec: recordGivenUp(lease.spec, clock.now()) }, call));
      });
    } catch (error) {
      this.#logger.debug('the lease was not given up', { error });
    }
  }

  #see(lease: Lease): ObservedLease {
    this.#seen = observeLease(this.#seen, lease, this.#options.clock.monotonic());
    return this.#seen;
  }

  #isOurs(): boolean {
    return this.#seen?.lease.spec?.holderIdentity === this.#options.identity;
  }

  /** A pause, a little longer or shorter each time, so that candidates don't keep in step. */
  async #wait(delayMs: number, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const spread = Math.max(1, Math.floor(delayMs / 10));
    await pause(clock, Math.max(0, delayMs - random.below(spread)), signal).catch(() => undefined);
  }
}

/** The last renewal of a term, and what may be done by it. */
class Renewal implements Fence {
  readonly #deadlineMs: number;
  #last: Stopwatch;

  constructor(clock: Clock, deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
    this.#last = new Stopwatch(clock);
  }

  /** One that was asked for when `asked` was started has been acknowledged. */
  renewed(asked: Stopwatch): void {
    this.#last = asked;
  }

  /** How long the term may go on without another, in milliseconds. */
  leftMs(): number {
    return this.#deadlineMs - this.#last.elapsedMs();
  }

  reason(): string | undefined {
    return this.leftMs() > 0 ? undefined : 'this manager may not be the leader any longer';
  }
}
