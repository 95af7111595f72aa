import { isCancellation, pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import type { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import { CustomResourceDefinitions, isApiError } from '../kube/index.ts';
import type { ClusterClient } from '../kube/index.ts';
import { LedgerNamespaceError, placeIn, portPoolDefinition } from './ledger-namespace.ts';

/** What the watch needs. */
interface LedgerNamespaceWatchParts {
  readonly client: Pick<ClusterClient, 'find'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The namespace of this manager's ledger. */
  readonly namespace: string;
  /** Called once if the cluster names another namespace while the manager runs: the manager has to end then. */
  readonly onMoved: (error: LedgerNamespaceError) => void;
}

/** The time between two attempts before anything is known, in milliseconds. */
const FIRST_LOOK_AGAIN_MS = 1_000;

/** The time between two looks afterwards, in milliseconds: each is one small request. */
const LOOK_EVERY_MS = 15_000;

/**
 * Two ledgers in one cluster would both assign every number. So a manager whose namespace isn't the one that the
 * cluster names doesn't start, and ends when that changes. If no namespace is named, or the right to look is missing,
 * an earlier version was installed: that is accepted, and logged.
 */
export class LedgerNamespaceWatch {
  readonly #parts: LedgerNamespaceWatchParts;
  #trouble: string | undefined = 'where the ledger of the cluster is was not read yet';

  constructor(parts: LedgerNamespaceWatchParts) {
    this.#parts = parts;
  }

  /** Why it isn't known yet whether this manager may keep a ledger; undefined once it may. */
  trouble(): string | undefined {
    return this.#trouble;
  }

  /**
   * Resolves when the ledger may be used, and keeps looking until `phase` ends. Throws {@link LedgerNamespaceError} if
   * the ledger is elsewhere.
   */
  async start(phase: Lifetime): Promise<void> {
    const { logger } = this.#parts;
    await this.#waitForFirstLook(phase.signal);
    phase.run(
      (signal) => this.#keepLooking(signal),
      (error) => logger.error('the namespace of the ledger is not looked at any more', { error }),
    );
  }

  async #waitForFirstLook(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    for (let reported = ''; ; await pause(clock, FIRST_LOOK_AGAIN_MS, signal)) {
      const fault = await this.#firstLook(signal);
      this.#trouble = fault;
      if (fault === undefined) return;
      if (fault !== reported)
        logger.warn('where the ledger of the cluster is could not be read, to be tried again', { fault });
      reported = fault;
    }
  }

  /** Why nothing is known; undefined if the ledger may be used. */
  async #firstLook(signal: AbortSignal): Promise<string | undefined> {
    const { logger } = this.#parts;
    const advice = 'run "hostport install" once, which writes and allows it';
    try {
      const found = await this.#look(signal);
      if (found === 'nobody') logger.warn(`no namespace is written down as the ledger's: ${advice}`);
      return found === 'no kind' ? `there is no customresourcedefinition/${portPoolDefinition.name}` : undefined;
    } catch (error) {
      if (error instanceof LedgerNamespaceError || isCancellation(error, signal)) throw error;
      if (!isApiError(error, 'forbidden')) return error instanceof Error ? error.message : String(error);
      logger.warn(`this manager may not look which namespace is the ledger's: ${advice}`, { error });
      return undefined;
    }
  }

  async #keepLooking(signal: AbortSignal): Promise<void> {
    const { clock, logger, onMoved } = this.#parts;
    for (;;) {
      await pause(clock, LOOK_EVERY_MS, signal);
      try {
        await this.#look(signal);
      } catch (error) {
        if (isCancellation(error, signal)) return;
        if (error instanceof LedgerNamespaceError) return onMoved(error);
        // Nothing speaks against the ledger; other parts report that the API server is away.
        logger.debug('where the ledger of the cluster is could not be read', { error });
      }
    }
  }

  async #look(signal: AbortSignal): Promise<'here' | 'nobody' | 'no kind'> {
    const { client, namespace } = this.#parts;
    const definition = await client.find(CustomResourceDefinitions, portPoolDefinition, { signal });
    if (definition === undefined) return 'no kind';
    const found = placeIn(definition);
    if (found === undefined) return 'nobody';
    if (found.namespace === namespace) return 'here';
    throw new LedgerNamespaceError(found, namespace, adviceFor(found.namespace));
  }
}

function adviceFor(found: string): string {
  return (
    `a second one would give numbers that the first has given; run the manager with "--namespace ${found}", ` +
    `or run "hostport uninstall --namespace ${found}" and "hostport install" before`
  );
}
