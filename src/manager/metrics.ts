import type { Dispute, OutcomeObserver, SweepObserver, Usage } from '../allocation/index.ts';
import type { WriteObserver } from '../ledger/index.ts';
import type { GaugeMetric, Metrics } from '../runtime/index.ts';

/** The metrics about ports; the layers below call these functions. */
export interface PortMetrics {
  readonly onOutcome: OutcomeObserver;
  readonly onWrite: WriteObserver;
  readonly onSweep: SweepObserver;
  readonly onUsage: (pool: string, usage: Usage | undefined) => void;
  /** Called with every review of a pod's creation. */
  readonly onPodReview: (outcome: string, seconds: number) => void;
  /** Called with every review of a Binding. */
  readonly onBindingReview: (outcome: string, seconds: number) => void;
  /** Called with each pod that was bound without its deferred ports. */
  readonly onBoundWithoutPorts: () => void;
  /** Called with every review of a RoleInstanceSet. */
  readonly onSetReview: (outcome: string, seconds: number) => void;
  readonly onDisputed: (byPool: ReadonlyMap<string, number>) => void;
  /** Called with how many held numbers unmanaged processes listen on. */
  readonly onStrangers: (byPool: ReadonlyMap<string, number>) => void;
  /** Has `seen` called before each scrape: which optional kinds are seen. To be called once. */
  readonly watchOptional: (seen: () => ReadonlyMap<string, boolean>) => void;
  /** Has `count` called before each scrape: how many numbers have an unreadable entry. To be called once. */
  readonly watchUnreadable: (count: () => number) => void;
}

const STATES = ['allocated', 'reserved', 'blocked', 'cooling', 'free', 'outside'] as const;

/** Makes the metrics of ports; once for each {@link Metrics}. */
export function createPortMetrics(metrics: Metrics): PortMetrics {
  const numbers = metrics.gauge({
    name: 'hostport_pool_numbers',
    help: 'Numbers of a pool by state.',
    labels: ['pool', 'state'],
  });
  const outcomes = metrics.counter({
    name: 'hostport_allocations_total',
    help: 'Answers to requests for numbers: allocated, unchanged, or the reason of the refusal.',
    labels: ['pool', 'outcome'],
  });
  const writes = metrics.counter({
    name: 'hostport_ledger_writes_total',
    help: 'Writes of blocks by result.',
    labels: ['result'],
  });
  const writeSeconds = metrics.histogram({
    name: 'hostport_ledger_write_seconds',
    help: 'Time that a write of a block took.',
  });
  const sweeps = metrics.counter({
    name: 'hostport_sweep_total',
    help: 'What sweeps found to mend.',
    labels: ['action'],
  });
  const disputed = metrics.gauge({
    name: 'hostport_disputed_numbers',
    help: 'Numbers that more than one holder says are its.',
    labels: ['pool'],
  });
  const reviews = metrics.histogram({
    name: 'hostport_webhook_seconds',
    help: 'Time that the answer to an admission review took, by outcome: allowed, or the reason of the refusal.',
    labels: ['webhook', 'outcome'],
  });
  const boundWithoutPorts = metrics.counter({
    name: 'hostport_bound_without_ports_total',
    help: 'Pods that were bound without the ports that they were promised, because Hostport was not asked.',
  });
  const strangers = metrics.gauge({
    name: 'hostport_strangers_on_ports',
    help: 'Held numbers that a process listens on which is not of their holder, by the reports of node agents.',
    labels: ['pool'],
  });
  const eachOf = (gauge: GaugeMetric<'pool'>): ((byPool: ReadonlyMap<string, number>) => void) => {
    let pools: readonly string[] = [];
    return (byPool) => {
      for (const pool of pools) if (!byPool.has(pool)) gauge.set({ pool }, 0);
      for (const [pool, count] of byPool) gauge.set({ pool }, count);
      pools = [...byPool.keys()];
    };
  };
  return {
    onOutcome: (pool, outcome) => outcomes.add({ pool, outcome }),
    onWrite: (result, seconds) => {
      writes.add({ result });
      writeSeconds.observe({}, seconds);
    },
    onSweep: (action, count) => sweeps.add({ action }, count),
    onUsage: (pool, usage) => {
      for (const state of STATES) {
        if (usage === undefined) numbers.remove({ pool, state });
        else numbers.set({ pool, state }, usage[state]);
      }
    },
    onPodReview: (outcome, seconds) => reviews.observe({ webhook: 'pods', outcome }, seconds),
    onBindingReview: (outcome, seconds) => reviews.observe({ webhook: 'bindings', outcome }, seconds),
    onBoundWithoutPorts: () => boundWithoutPorts.add({}),
    onSetReview: (outcome, seconds) => reviews.observe({ webhook: 'roleinstancesets', outcome }, seconds),
    onDisputed: eachOf(disputed),
    onStrangers: eachOf(strangers),
    watchOptional: (seen) => {
      const help =
        "Whether objects of a kind that serving doesn't need are seen: 0 while it isn't installed or not served.";
      metrics.gauge({ name: 'hostport_optional_cache_synced', help, labels: ['kind'] }, (gauge) => {
        for (const [kind, isSeen] of seen()) gauge.set({ kind }, isSeen ? 1 : 0);
      });
    },
    watchUnreadable: (count) => {
      const help = 'Numbers that nobody is given, because what the ledger says about them makes no sense.';
      metrics.gauge({ name: 'hostport_unreadable_numbers', help }, (gauge) => gauge.set({}, count()));
    },
  };
}

/** How many numbers are disputed, by pool. */
export function countByPool(disputes: readonly Dispute[]): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(disputes, ({ pool }) => pool)].map(([pool, group]) => [pool, group.length]));
}
