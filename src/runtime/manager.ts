import { abandonable, pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import { OPEN } from '../base/fence.ts';
import type { Fence } from '../base/fence.ts';
import { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import { invariant } from '../base/result.ts';
import type { ClusterClient, EventRecorder } from '../kube/index.ts';

/** The order of the start. The stop has the opposite order. The leader phase starts in each term. */
const phases = ['servers', 'caches', 'always', 'leader'] as const;

/** One of {@link phases}. */
type Phase = (typeof phases)[number];

/** Something with a lifetime that the manager starts and stops. */
export interface Part {
  readonly name: string;
  /**
   * Resolves when the part is running. It registers with `lifetime` how the part ends, and gives up when
   * `lifetime.signal` aborts. A leader's part writes only while `fence` is open.
   */
  readonly start: (lifetime: Lifetime, fence: Fence) => Promise<void> | void;
}

/** Takes part in an election: {@link LeaderElector} or `alwaysLeading`. */
export interface Leadership extends AsyncDisposable {
  start(): void;
}

/** Starts the work of a leader for one term; see {@link Part}. */
export type Lead = (term: Lifetime, fence: Fence) => Promise<void>;

/** What a leader writes with, during one term. Nothing is sent once the term may be over. */
export interface LeaderTools {
  readonly client: ClusterClient;
  readonly events: EventRecorder;
}

/** What a manager needs. */
interface ManagerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * How long the whole stop may take, in milliseconds; default 30,000. After that, the phase that is still stopping is
   * logged and left behind.
   */
  readonly graceMs?: number;
  /** Makes the election, which calls `lead` in each term. */
  readonly electionOf: (lead: Lead) => Leadership;
}

/** Starts parts phase by phase, each phase after the one before has started, and stops them in the opposite order. */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #parts: Readonly<Record<Phase, Part[]>> = { servers: [], caches: [], always: [], leader: [] };
  readonly #lifetimes: { readonly phase: Phase; readonly lifetime: Lifetime }[] = [];
  #started = false;

  constructor(options: ManagerOptions) {
    this.#options = options;
  }

  /** Adds a part. Throws `InvariantError` after the start. */
  add(phase: Phase, part: Part): void {
    invariant(!this.#started, `${part.name} comes too late: the manager runs`);
    this.#parts[phase].push(part);
  }

  /**
   * Runs until `signal` aborts, then stops everything and resolves. If a part fails to start, everything is stopped,
   * and its error is thrown.
   */
  async run(signal: AbortSignal): Promise<void> {
    invariant(!this.#started, 'a manager runs once');
    this.#started = true;
    try {
      for (const phase of phases) await this.#begin(phase, signal);
      this.#options.logger.info('everything is up');
      await abandonable(new Promise<never>(() => undefined), signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await this.#stop();
    }
  }

  async #begin(phase: Phase, signal: AbortSignal): Promise<void> {
    const lifetime = new Lifetime(phase);
    this.#lifetimes.push({ phase, lifetime });
    if (phase === 'leader') return this.#stand(lifetime);
    // A stop doesn't wait for a slow start, but aborts it.
    await abandonable(startAll(this.#parts[phase], lifetime, OPEN), signal);
  }

  /** Becomes a candidate. The start doesn't wait for the election. */
  #stand(lifetime: Lifetime): void {
    const election = this.#options.electionOf((term, fence) => startAll(this.#parts.leader, term, fence));
    lifetime.own(election);
    election.start();
  }

  async #stop(): Promise<void> {
    const { clock, logger, graceMs = 30_000 } = this.#options;
    let stopping: Phase = 'leader';
    const stopAll = async (): Promise<void> => {
      for (const { phase, lifetime } of this.#lifetimes.reverse()) {
        stopping = phase;
        await lifetime[Symbol.asyncDispose]().catch((error: unknown) =>
          logger.error('did not end cleanly', { phase, error }),
        );
      }
    };
    const done = new AbortController();
    const grace = pause(clock, graceMs, done.signal).then(
      () => logger.error('not down in time, left behind', { phase: stopping, graceMs }),
      () => undefined,
    );
    await Promise.race([stopAll(), grace]);
    done.abort();
  }
}

/** The wait between two attempts to lead, in milliseconds. */
const LEAD_AGAIN_MS = 2_000;

/**
 * The leadership of a manager without other replicas: it leads from start to end. A term that failed to start is ended,
 * and another one started.
 */
export function alwaysLeading(lead: Lead, { clock, logger }: { clock: Clock; logger: Logger }): Leadership {
  const whole = new Lifetime('lone leader');
  let term: Lifetime | undefined;
  const begin = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      term = new Lifetime('term');
      try {
        return await lead(term, OPEN);
      } catch (error) {
        if (signal.aborted) return;
        logger.error('what a leader does failed to begin', { error });
      }
      await term[Symbol.asyncDispose]();
      await pause(clock, LEAD_AGAIN_MS, signal);
    }
  };
  return {
    start: () => {
      whole.run(begin, (error) => logger.error('leading broke', { error }));
      whole.defer(() => term?.[Symbol.asyncDispose]());
    },
    [Symbol.asyncDispose]: () => whole[Symbol.asyncDispose](),
  };
}

/** Starts all parts of a phase at once. They also end at the same time, each by itself. */
async function startAll(parts: readonly Part[], whole: Lifetime, fence: Fence): Promise<void> {
  const lifetimes = parts.map((part) => ({ part, lifetime: new Lifetime(part.name) }));
  whole.defer(async () => {
    const endings = await Promise.allSettled(lifetimes.map(({ lifetime }) => lifetime[Symbol.asyncDispose]()));
    const failure = endings.find((ending) => ending.status === 'rejected');
    if (failure) throw failure.reason;
  });
  await Promise.all(lifetimes.map(({ part, lifetime }) => startOne(part, lifetime, fence)));
}

async function startOne(part: Part, lifetime: Lifetime, fence: Fence): Promise<void> {
  const starting = Promise.resolve().then(() => part.start(lifetime, fence));
  // The end waits for the start, so that whatever a late start registers is ended, too.
  lifetime.defer(() => starting.catch(() => undefined));
  await starting;
}
