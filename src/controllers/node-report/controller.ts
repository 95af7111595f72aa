import type { NodeReport } from '../../api/index.ts';
import { EphemeralRanges, Listeners, Observations, NodeReportStore } from '../../allocation/index.ts';
import type { Ledger, Observe, Pools } from '../../allocation/index.ts';
import type { Clock } from '../../base/clock.ts';
import { Lifetime } from '../../base/lifetime.ts';
import type { Logger } from '../../base/logger.ts';
import type { Node, ResourceCache } from '../../kube/index.ts';
import { UnmanagedListenerWatch } from './watch.ts';
import type { UnmanagedListenerWatchParts } from './watch.ts';

/** What reports of node agents need from the other parts of a manager. */
export interface NodeReportControllerParts {
  readonly reports: ResourceCache<NodeReport>;
  readonly nodes: ResourceCache<Node>;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long a report is believed without renewal, in milliseconds. */
  readonly nodeReportLifeMs: number;
}

/** Everything that follows from the reports of node agents, for one manager. */
export class NodeReportController implements AsyncDisposable {
  /** The numbers that the kernels of the nodes use for outgoing connections. */
  readonly kernels: EphemeralRanges;
  /** For another observer of numbers: the observations of both are combined. */
  readonly hostPorts: Observe;
  readonly #parts: NodeReportControllerParts;
  readonly #lifetime = new Lifetime('node reports');
  readonly #book: NodeReportStore;
  readonly #listeners: Listeners;

  constructor(parts: NodeReportControllerParts) {
    this.#parts = parts;
    const { reports: cache, nodes, ledger, clock, nodeReportLifeMs: lifeMs } = parts;
    const observations = new Observations(ledger);
    this.hostPorts = observations.observer();
    this.#book = this.#lifetime.own(new NodeReportStore({ cache, clock, lifeMs }));
    this.kernels = this.#lifetime.own(new EphemeralRanges({ reports: this.#book, nodes }));
    this.#listeners = this.#lifetime.own(
      new Listeners({ ledger, reports: this.#book, observe: observations.observer() }),
    );
  }

  /** To be called when the ledger, pods, nodes and reports are read. */
  begin(pools: Pools): void {
    this.kernels.begin();
    this.#listeners.begin(pools);
  }

  /** Nodes that report more listeners on numbers of a pool than count. */
  ignoredNodesOf = (pool: string): readonly string[] => this.#listeners.ignoredIn(pool);

  /** Starts what only a leader does. */
  serve(
    term: Lifetime,
    {
      lookAtPool,
      ...parts
    }: Pick<UnmanagedListenerWatchParts, 'pods' | 'events' | 'observe'> & {
      /** Enqueues a pool whose status may have changed. */
      readonly lookAtPool: (name: string) => void;
    },
  ): void {
    const { ledger, clock, log } = this.#parts;
    term.own(this.#listeners.subscribe(lookAtPool));
    const watch = new UnmanagedListenerWatch({ ...parts, book: this.#book, ledger, clock });
    term.run(
      (signal) => watch.run(signal),
      (error) => log.error('looking for strangers broke', { error }),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }
}
