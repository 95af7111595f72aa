import { EVENT_COMPONENT, exemptNamespaces, webhookPaths } from '../api/index.ts';
import type { Fence } from '../base/fence.ts';
import type { Lifetime } from '../base/lifetime.ts';
import { startConfirmations } from '../controllers/pod/index.ts';
import { indexSharing } from '../controllers/record/index.ts';
import { Room } from '../controllers/room/index.ts';
import { PublishedServices } from '../controllers/service/index.ts';
import { SweepLoop } from '../controllers/sweep/index.ts';
import type { SweepLoopParts } from '../controllers/sweep/index.ts';
import { startEventRecorder } from '../kube/index.ts';
import { Controller } from '../runtime/index.ts';
import type { HttpsHandler, MakeController, RuntimeMetrics } from '../runtime/index.ts';
import { BindingAdmission, PodAdmission, bindingRoute, podRoute, roleInstanceSetRoute } from '../webhook/index.ts';
import { viewCluster } from './cluster-view.ts';
import type { ClusterView } from './cluster-view.ts';
import { holdNumbers } from './holding.ts';
import type { Holding, HoldingParts } from './holding.ts';
import { lead } from './leading.ts';
import { countByPool } from './metrics.ts';
import { Roles } from './roles.ts';

/** What a manager needs from its surroundings. */
interface AssemblyParts extends Omit<HoldingParts, 'events'> {
  readonly instance: string;
  readonly sweepIntervalMs: number;
  readonly runtimeMetrics: RuntimeMetrics;
}

/** The parts of one manager, put together. */
export interface Assembly {
  /** Fills the caches and the ledger. */
  start(signal: AbortSignal): Promise<void>;
  /** Why it has lost touch with the cluster; undefined if it hasn't. */
  trouble(): string | undefined;
  /** Adopts the existing holders; no new request may be served before. */
  adopt(signal: AbortSignal): Promise<void>;
  /** The handlers of admission reviews, by path. */
  readonly routes: Readonly<Record<string, HttpsHandler>>;
  /** Starts what only a leader does, for as long as `term` lasts. Nothing is written once `fence` is closed. */
  lead(term: Lifetime, fence: Fence): Promise<void>;
}

/** Puts a manager together, in the order of the layers; it ends with `lifetime`. */
export function assemble(lifetime: Lifetime, parts: AssemblyParts): Assembly {
  const { client, clock, log, namespace, instance, portMetrics } = parts;
  const events = lifetime.own(startEventRecorder({ client, clock, logger: log, component: EVENT_COMPONENT, instance }));
  const view = viewCluster(lifetime, parts);
  portMetrics.watchOptional(() => view.caches.optional());
  const holding = holdNumbers(lifetime, { ...parts, events }, view);
  const makeController = controllersOf(parts);
  const common = { ...view, ...holding, clock, log, namespace, makeController };
  indexSharing(view.pods);
  const roles = new Roles({ clock, log, caches: view, makeController });
  const room = new Room(common);
  const published = new PublishedServices({ ...common, caches: view });
  const sweeping: SweepLoopParts = {
    ...view,
    ...holding,
    onDisputes: (disputes) => portMetrics.onDisputed(countByPool(disputes)),
    onUnconfirmed: () => undefined,
    events,
    clock,
    log,
    intervalMs: parts.sweepIntervalMs,
  };
  return {
    start: async (signal) => {
      // The ledger tells which ports a pod has by right, so it has to be read first.
      await view.caches.fill(view.pods, signal);
      holding.nodeReports.begin(holding.pools);
    },
    trouble: () => view.caches.trouble(),
    adopt: (signal) => new SweepLoop(sweeping).adoptAtStart(signal),
    routes: routesOf(lifetime, parts, { view, holding, makeController }),
    lead: (term, fence) =>
      lead(term, fence, { ...parts, view, holding, sweeping, roles, room, published, makeController }),
  };
}

function controllersOf({ clock, random, log: logger, runtimeMetrics: metrics }: AssemblyParts): MakeController {
  return (name, concurrency, reconcile) =>
    new Controller({ name, concurrency, reconcile, clock, random, logger, observer: metrics.observe(name) });
}

function routesOf(
  lifetime: Lifetime,
  parts: AssemblyParts,
  {
    view,
    holding,
    makeController,
  }: { readonly view: ClusterView; readonly holding: Holding; readonly makeController: MakeController },
): Assembly['routes'] {
  const { client, clock, log, namespace, reservationLifeMs, portMetrics } = parts;
  const { pods, namespaces } = view;
  const { allocator, lending, liveness, owners } = holding;
  const onLetIn = startConfirmations(lifetime, { pods, allocator, clock, reservationLifeMs, makeController });
  const asking = { client, allocator, pods, clock, reservationLifeMs };
  const creation = { ...asking, lending, liveness, owners, namespaces, onLetIn };
  const admission = new PodAdmission({ ...creation, exemptNamespaces: new Set(exemptNamespaces(namespace)) });
  const bindings = new BindingAdmission(asking);
  return {
    [webhookPaths.pods]: podRoute({ admission, clock, log, observe: portMetrics.onPodReview }),
    [webhookPaths.bindings]: bindingRoute({ admission: bindings, clock, log, observe: portMetrics.onBindingReview }),
    [webhookPaths.roleInstanceSets]: roleInstanceSetRoute({ clock, log, observe: portMetrics.onSetReview }),
  };
}
