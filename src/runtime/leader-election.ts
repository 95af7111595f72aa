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
import { mayTake, recordFor, recordGivenUp, observeLease, usualLeaseTimes } from './lease-rules.ts';
import type { LeaseTimes, ObservedLease } from './lease-rules.ts';
import { withDeadline } from './deadline.ts';

/** How long giving up the lease may take at the end, in milliseconds. */
const giveUpMs = 2_000;

/** What an elector needs. */
interface LeaderElectorOptions {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The namespace of the Lease. */
  readonly namespace: string;
  readonly name: string;
  /** The identity of this replica. No two replicas may have the same. */
  readonly identity: string;
  readonly times?: LeaseTimes;
  /** Called at the start and at every change, for metrics. */
  readonly onLeading?: (leading: boolean) => void;
  /**
   * Starts the work of a leader. What it registers with `term` is ended with the term. An error ends the term. Nothing
   * may be written while `fence` is closed: then the last renewal is too long ago, even if no timer has fired.
   */
  readonly lead: (term: Lifetime, fence: Fence) => Promise<void>;
}

/**
 * Takes part in the election of one leader through a Lease, with client-go's algorithm: every write is based on the
 * version that was read, and the silence of another holder is measured on this process's own clock. A leader that can't
 * renew the lease ends its term and is a candidate again.
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

  /** Whether this replica is the leader now. */
  get leading(): boolean {
    return this.#leading;
  }

  /** Becomes a candidate. Call it once. Disposal ends it: first the term ends, then the lease is given up. */
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

  /** Renews the lease until that fails for too long, or another replica has the lease. */
  async #keep(renewal: Renewal, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#wait(Math.min(this.#times.retryMs, renewal.leftMs()), signal);
      // The time counts from before the request, because no other replica can have seen the renewal earlier.
      const asked = new Stopwatch(this.#options.clock);
      const leftMs = renewal.leftMs();
      if (leftMs <= 0) return this.#logger.warn('the lease was not renewed in time');
      if (await this.#renew(leftMs, signal)) renewal.renewed(asked);
      else if (!this.#isOurs()) return this.#logger.warn('the lease was taken by another');
    }
  }

  /** Takes or renews the lease if this replica may. Returns false, and logs, after any failure. */
  async #renew(leftMs: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    try {
      // One deadline for reading and writing: however slowly the API server answers, a term must not last longer than
      // the lease allows.
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
    // A leader that finds another identity in the lease has lost it, however old the record is.
    if (this.#leading ? !this.#isOurs() : !mayTake(seen, identity, clock.monotonic())) return false;
    const spec = recordFor(held.spec, identity, this.#times, clock.now());
    this.#see(await client.replace(Leases, { ...held, spec }, call));
    return true;
  }

  /** Ends what the term started. An error is logged and doesn't prevent the next term. */
  async #end(term: Lifetime): Promise<void> {
    try {
      await term[Symbol.asyncDispose]();
    } catch (error) {
      this.#logger.error('the term did not end cleanly', { error });
    }
  }

  /**
   * Lets another replica take over at once. The lease is read first, because a renewal that was cancelled by the stop
   * may have been stored without an answer. It has a signal of its own, because the elector's signal may be aborted.
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

  /** A pause of slightly random length, so that candidates don't act at the same time. */
  async #wait(delayMs: number, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const spread = Math.max(1, Math.floor(delayMs / 10));
    await pause(clock, Math.max(0, delayMs - random.below(spread)), signal).catch(() => undefined);
  }
}

/** The last renewal of a term. As a fence it is open as long as the term may last without another renewal. */
class Renewal implements Fence {
  readonly #deadlineMs: number;
  #last: Stopwatch;

  constructor(clock: Clock, deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
    this.#last = new Stopwatch(clock);
  }

  /** A renewal has been acknowledged; `asked` was started before its request. */
  renewed(asked: Stopwatch): void {
    this.#last = asked;
  }

  /** How long the term may last without another renewal, in milliseconds. */
  leftMs(): number {
    return this.#deadlineMs - this.#last.elapsedMs();
  }

  reason(): string | undefined {
    return this.leftMs() > 0 ? undefined : 'this manager may not be the leader any longer';
  }
}
