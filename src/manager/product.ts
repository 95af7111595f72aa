import { roleLabels } from '../api/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Fence } from '../base/fence.ts';
import { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import {
  Allocator,
  Disputes,
  Heirs,
  Lending,
  NodeReports as NodeReportKind,
  Pools,
  PortAllocations,
  PortPools,
  Quotas,
  ReservationEnds,
  Sweep,
  WaitingRoom,
  observeNodePorts,
} from '../allocation/index.ts';
import { ourSlices } from '../controllers/service/index.ts';
import { DoubtLoop, SweepLoop, lookAtPods } from '../controllers/sweep/index.ts';
import type { SweepLoopParts } from '../controllers/sweep/index.ts';
import {
  ConfigMaps,
  ControllerRevisions,
  EndpointSlices,
  Namespaces,
  Nodes,
  Pods,
  Services,
  fencedClient,
  keyOf,
  startEventRecorder,
} from '../kube/index.ts';
import type { ClusterClient, EventRecorder } from '../kube/index.ts';
import { BlockStore, LEDGER_LABEL, Ledger } from '../ledger/index.ts';
import { RoleInstanceSets, RoleInstances } from '../roles/index.ts';
import { Controller } from '../runtime/index.ts';
import type { HttpsHandler, MakeController, RuntimeMetrics } from '../runtime/index.ts';
import { isKept, trimPod } from '../workload/index.ts';
import { RecordWriter } from '../controllers/record/index.ts';
import { serveAllocations } from '../controllers/port-allocation/index.ts';
import { Caches } from './caches.ts';
import { damageEvents } from './damage-events.ts';
import type { LeaderTools } from '../runtime/index.ts';
import { countByPool } from './metrics.ts';
import type { PortMetrics } from './metrics.ts';
import { NodeReports } from '../controllers/node-report/index.ts';
import { servePools } from '../controllers/port-pool/index.ts';
import { Roles } from './roles.ts';
import { Room } from '../controllers/room/index.ts';
import { PublishedServices } from '../controllers/service/index.ts';
import { trimNamespace, trimNode, trimService } from './trimmed.ts';
import { Workloads } from './workloads.ts';

/** What the product needs from its surroundings. */
export interface ProductParts {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly namespace: string;
  readonly instance: string;
  readonly sweepIntervalMs: number;
  /** How long a pod that was let in may stay unseen. */
  readonly reservationLifeMs: number;
  /** How long the report of a node agent is believed. */
  readonly nodeReportLifeMs: number;
  readonly portMetrics: PortMetrics;
  readonly runtimeMetrics: RuntimeMetrics;
}

/** The caches, the ledger, the allocator and the controllers of one manager, wired together. */
export class Product implements AsyncDisposable {
  readonly #parts: ProductParts;
  readonly #lifetime = new Lifetime('product');
  readonly #caches: Caches;
  readonly #events: EventRecorder;
  readonly #allocations;
  readonly #poolCache;
  readonly #namespaces;
  readonly #nodes;
  readonly #stored;
  readonly #ledger: Ledger;
  readonly #nodeReports: NodeReports;
  readonly #pools: Pools;
  readonly #allocator: Allocator;
  readonly #lending: Lending;
  readonly #sweepParts: SweepLoopParts;
  readonly #disputes: Disputes;
  readonly #workloads: Workloads;
  readonly #roles: Roles;
  readonly #room: Room;
  readonly #published: PublishedServices;
  readonly #pods;
  readonly #makeController: MakeController = (name, concurrency, reconcile) => {
    const { clock, random, log: logger, runtimeMetrics: metrics } = this.#parts;
    return new Controller({ name, concurrency, reconcile, clock, random, logger, observer: metrics.observe(name) });
  };
  #onDispute: (uid: string) => void = () => undefined;
  #adopted = false;

  constructor(parts: ProductParts) {
    this.#parts = parts;
    const { client, clock, random, log, namespace, reservationLifeMs, portMetrics } = parts;
    this.#events = this.#lifetime.own(startEventRecorder({ client, clock, logger: log, instance: parts.instance }));
    const caches = (this.#caches = this.#lifetime.own(new Caches({ client, clock, random, log })));
    portMetrics.watchOptional(() => caches.optional());
    this.#allocations = caches.make(PortAllocations);
    this.#allocations.index('uid', ({ metadata }) => [metadata.uid]);
    this.#poolCache = caches.make(PortPools);
    this.#namespaces = caches.make(Namespaces, { trim: trimNamespace });
    this.#nodes = caches.make(Nodes, { trim: trimNode });
    const pods = (this.#pods = caches.make(Pods, { keep: isKept, trim: trimPod }));
    const services = caches.make(Services, { trim: trimService });
    this.#stored = caches.make(ConfigMaps, { namespace, labelSelector: `${LEDGER_LABEL}=1` });
    const store = new BlockStore({ client, cache: this.#stored, namespace, log });
    const onDamage = damageEvents(this.#events, this.#stored, namespace);
    this.#ledger = this.#lifetime.own(
      new Ledger({ store, clock, random, log, reservationLifeMs, observe: portMetrics.onWrite, onDamage }),
    );
    portMetrics.watchUnreadable(() => this.#ledger.countUnreadable());
    this.#lifetime.own(observeNodePorts(services, this.#ledger));
    this.#nodeReports = this.#lifetime.own(
      new NodeReports({
        ...parts,
        reports: caches.makeOptional(NodeReportKind),
        nodes: this.#nodes,
        ledger: this.#ledger,
      }),
    );
    this.#pools = this.#lifetime.own(new Pools(this.#poolCache, this.#nodeReports.kernels));
    const counters = { client, namespace, ledger: this.#ledger, pools: this.#pools, seen: this.#stored };
    const quotas = this.#lifetime.own(new Quotas(counters));
    const makeController = this.#makeController;
    this.#workloads = new Workloads({
      client,
      clock,
      log,
      namespace,
      reservationLifeMs,
      pods,
      namespaces: this.#namespaces,
      allocations: this.#allocations,
      onBoundWithoutPorts: portMetrics.onBoundWithoutPorts,
      makeController,
    });
    const roles = { sets: caches.makeOptional(RoleInstanceSets), instances: caches.makeOptional(RoleInstances) };
    this.#roles = new Roles({
      clock,
      log,
      caches: {
        ...roles,
        revisions: caches.makeOptional(ControllerRevisions, { labelSelector: roleLabels.roleInstanceSet }),
        pods,
        services,
        allocations: this.#allocations,
      },
      makeController,
    });
    const room = { clock, namespace, nodes: this.#nodes, pods, pools: this.#pools, ledger: this.#ledger };
    this.#room = new Room({ ...room, makeController });
    this.#published = new PublishedServices({
      caches: { services, pods, nodes: this.#nodes, slices: caches.makeOptional(EndpointSlices, ourSlices) },
      ledger: this.#ledger,
      clock,
      log,
      makeController,
    });
    this.#lifetime.own(this.#workloads.observe(this.#nodeReports.hostPorts, this.#ledger));
    const { liveness } = this.#workloads;
    this.#allocator = new Allocator({
      ledger: this.#ledger,
      pools: this.#pools,
      quotas,
      liveness,
      namespaces: this.#namespaces,
      nodes: this.#nodes,
      clock,
      observe: portMetrics.onOutcome,
    });
    this.#workloads.confirm(this.#allocator, this.#lifetime);
    this.#lending = new Lending({ ledger: this.#ledger, liveness, clock });
    this.#disputes = new Disputes((uid) => this.#onDispute(uid));
    const sweep = new Sweep({
      ledger: this.#ledger,
      allocator: this.#allocator,
      liveness,
      quotas,
      clock,
      log,
      observe: portMetrics.onSweep,
      isNode: (name) => this.#nodes.get(undefined, name) !== undefined,
      lookAtPods: lookAtPods(client),
    });
    this.#sweepParts = {
      sweep,
      allocations: this.#allocations,
      pods,
      ...roles,
      owners: this.#workloads.owners,
      onUnconfirmed: (key) => this.#workloads.look(key),
      disputes: this.#disputes,
      allocator: this.#allocator,
      lending: this.#lending,
      pools: this.#pools,
      onDisputes: (disputes) => portMetrics.onDisputed(countByPool(disputes)),
      events: this.#events,
      clock,
      log,
      intervalMs: parts.sweepIntervalMs,
    };
  }

  /** Why this manager isn't in touch with the cluster, or undefined. */
  trouble(): string | undefined {
    return this.#caches.trouble();
  }

  /** Fills the caches and the ledger. */
  async start(signal: AbortSignal): Promise<void> {
    // What a pod has by right is known from the ledger: it comes first.
    await this.#caches.fill(this.#pods, signal);
    this.#nodeReports.begin(this.#pools);
  }

  /** Adopts the holders that are there: before anybody new is served. */
  async adopt(signal: AbortSignal): Promise<void> {
    await new SweepLoop(this.#sweepParts).adoptAtStart(signal);
    this.#adopted = true;
  }

  /** Whether {@link adopt} has ended well. */
  get adopted(): boolean {
    return this.#adopted;
  }

  /** What answers reviews of pods' creation. */
  podRoute(): HttpsHandler {
    return this.#workloads.route(this.#allocator, this.#lending, this.#parts.portMetrics.onPodReview);
  }

  /** What answers reviews of Bindings. */
  bindingRoute(): HttpsHandler {
    return this.#workloads.bindingRoute(this.#allocator, this.#parts.portMetrics.onBindingReview);
  }

  /** Starts what only a leader does, for as long as `term` lasts. Nothing of it is written when `fence` is closed. */
  async lead(term: Lifetime, fence: Fence): Promise<void> {
    const { clock, log, instance, portMetrics } = this.#parts;
    const client = fencedClient(this.#parts.client, fence);
    const events = term.own(startEventRecorder({ client, clock, logger: log, instance }));
    const tools: LeaderTools = { client, events };
    const allocator = this.#allocator.within(fence);
    const sweep = this.#sweepParts.sweep.within(fence);
    const sweeps = new SweepLoop({ ...this.#sweepParts, sweep, allocator, events });
    await sweeps.adoptAtStart(term.signal);
    const waiting = term.own(new WaitingRoom({ ...this.#sweepParts, ledger: this.#ledger, allocator }));
    const onAllocation = serveAllocations(term, {
      ...this.#parts,
      ...tools,
      allocations: this.#allocations,
      allocator,
      disputes: this.#disputes,
      lending: this.#lending,
      ledger: this.#ledger,
      waiting,
      namespaces: this.#namespaces,
      nodes: this.#nodes,
      stored: this.#stored,
      makeController: this.#makeController,
    });
    this.#onDispute = (uid) => this.#allocations.byIndex('uid', uid).forEach((object) => onAllocation(keyOf(object)));
    const writer = new RecordWriter({ ...tools, allocations: this.#allocations, allocator, disputes: this.#disputes });
    this.#workloads.serve(term, { ...tools, allocator, writer });
    const { liveness } = this.#workloads;
    const heirs = new Heirs(this.#ledger, fence);
    this.#roles.serve(term, { ...tools, allocator, heirs, waiting, liveness, owners: this.#workloads.owners, writer });
    const onPool = servePools(term, {
      ...this.#parts,
      client,
      cache: this.#poolCache,
      nodes: this.#nodes,
      pools: this.#pools,
      ledger: this.#ledger,
      unadvertised: (pool) => this.#room.faultOf(pool),
      advertised: (pool) => this.#room.progressOf(pool),
      ignoredNodesOf: this.#nodeReports.ignoredNodesOf,
      observe: portMetrics.onUsage,
      makeController: this.#makeController,
    });
    this.#room.serve(term, tools, onPool);
    this.#nodeReports.serve(term, {
      pods: this.#pods,
      events,
      observe: portMetrics.onStrangers,
      lookAtPool: onPool,
    });
    this.#published.serve(term, tools);
    const found = { ledger: this.#ledger, allocator, liveness, clock, log };
    const ends = new ReservationEnds({ ...found, doubting: sweep, observe: portMetrics.onSweep });
    term.run(
      (signal) => ends.run(signal),
      (error) => log.error('looking for reservations that have ended broke', { error }),
    );
    const doubts = new DoubtLoop({ ...this.#sweepParts, sweep });
    term.run(
      (signal) => doubts.run(signal),
      (error) => log.error('looking at shared numbers broke', { error }),
    );
    term.run(
      (signal) => sweeps.run(signal),
      (error) => log.error('sweeping broke', { error }),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }
}
