import { eventReasons, exemptNamespaces, podAnnotations } from '../api/index.ts';
import {
  Allocator,
  Disputes,
  Lending,
  Pools,
  Quotas,
  Sweep,
  livenessOf,
  observeHostPorts,
  observeNodePorts,
} from '../allocation/index.ts';
import type { Ledger as LedgerOfPorts, Liveness } from '../allocation/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { NodeReportController } from '../controllers/node-report/index.ts';
import { lookAtPods } from '../controllers/sweep/index.ts';
import { OwnerChain } from '../kube/index.ts';
import type { ClusterClient, EventRecorder, KubeObject, Pod, ResourceCache } from '../kube/index.ts';
import { BlockStore, Ledger } from '../ledger/index.ts';
import type { DamageObserver, DamageReport } from '../ledger/index.ts';
import { hostPortsOf, mayUsePorts, sharesPort } from '../workload/index.ts';
import type { ClusterView } from './cluster-view.ts';
import type { PortMetrics } from './metrics.ts';

/** What this part needs from its surroundings. */
export interface HoldingParts {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly events: EventRecorder;
  /** The namespace of the ledger. */
  readonly namespace: string;
  /** How long an admitted pod may stay unseen, in milliseconds. */
  readonly reservationLifeMs: number;
  /** How long the report of a node agent is believed, in milliseconds. */
  readonly nodeReportLifeMs: number;
  readonly portMetrics: PortMetrics;
}

/**
 * Who holds what, how that is found out, and what assigns and releases numbers: in every manager, whether or not it
 * leads.
 */
export interface Holding {
  readonly ledger: LedgerOfPorts;
  readonly nodeReports: NodeReportController;
  readonly pools: Pools;
  readonly liveness: Liveness;
  readonly owners: OwnerChain;
  readonly allocator: Allocator;
  readonly lending: Lending;
  readonly disputes: Disputes;
  readonly sweep: Sweep;
}

/** Puts these parts together; the caches aren't started yet. */
export function holdNumbers(lifetime: Lifetime, parts: HoldingParts, view: ClusterView): Holding {
  const { client, clock, log, namespace, portMetrics } = parts;
  const { pods, nodes, namespaces, stored } = view;
  const ledger = openLedger(lifetime, parts, view);
  lifetime.own(observeNodePorts(view.services, ledger));
  const nodeReports = lifetime.own(new NodeReportController({ ...parts, reports: view.nodeReports, nodes, ledger }));
  const pools = lifetime.own(new Pools(view.portPools, nodeReports.kernels));
  const quotas = lifetime.own(new Quotas({ client, namespace, ledger, pools, seen: stored }));
  const liveness = livenessOf(client, usesPorts, sharesPort, mayUsePorts);
  const hostPorts = (pod: Pod) => (mayUsePorts(pod) ? hostPortsOf(pod) : []);
  const observed = nodeReports.hostPorts;
  lifetime.own(observeHostPorts({ pods, ledger, observed, clock, hostPorts, tokenOf: tokenOf(namespace) }));
  const allocator = new Allocator({
    ledger,
    pools,
    quotas,
    liveness,
    namespaces,
    nodes,
    clock,
    observe: portMetrics.onOutcome,
  });
  const sweep = new Sweep({
    ledger,
    allocator,
    liveness,
    quotas,
    clock,
    log,
    observe: portMetrics.onSweep,
    isNode: (name) => nodes.get(undefined, name) !== undefined,
    lookAtPods: lookAtPods(client),
  });
  return {
    ledger,
    nodeReports,
    pools,
    liveness,
    owners: new OwnerChain(client),
    allocator,
    lending: new Lending({ ledger, liveness, clock }),
    disputes: new Disputes(),
    sweep,
  };
}

function openLedger(
  lifetime: Lifetime,
  { client, clock, random, log, events, namespace, reservationLifeMs, portMetrics }: HoldingParts,
  { stored }: ClusterView,
): Ledger {
  const store = new BlockStore({ client, cache: stored, namespace, log });
  const onDamage = damageEvents(events, stored, namespace);
  const observe = portMetrics.onWrite;
  const ledger = lifetime.own(new Ledger({ store, clock, random, log, reservationLifeMs, observe, onDamage }));
  portMetrics.watchUnreadable(() => ledger.countUnreadable());
  return ledger;
}

/** Records an Event on a ConfigMap of the ledger that somebody edited or deleted. */
function damageEvents(events: EventRecorder, configMaps: ResourceCache<KubeObject>, namespace: string): DamageObserver {
  return (report) => {
    const name = report.configMap;
    const uid = configMaps.get(namespace, name)?.metadata.uid;
    const about = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name, ...(uid === undefined ? {} : { uid }) };
    const reason = eventReasons.ledgerDamaged;
    events.record(about, { type: 'Warning', reason, message: describeDamage(report) });
  };
}

/** What happened, and what becomes of the numbers. */
function describeDamage({ what, restored, unreadable }: DamageReport): string {
  if (what === 'deleted') return 'somebody deleted this part of the ledger; it is written again as it was';
  const sentences: string[] = [];
  if (what === 'changed') {
    const back = restored.length === 0 ? 'nothing was lost' : `these numbers are put back: ${restored.join(', ')}`;
    sentences.push(`somebody changed this part of the ledger; ${back}`);
  }
  if (unreadable.length > 0) {
    const todo = 'they are kept, and their numbers are given to nobody until somebody takes those lines away';
    sentences.push(`entries that nobody can read, under ${unreadable.join(', ')}: ${todo}`);
  }
  return sentences.join('; ');
}

/** No webhook sees the pods of exempt namespaces, so their annotations don't count. */
function tokenOf(namespace: string): (pod: Pod) => string | undefined {
  const exempt = new Set(exemptNamespaces(namespace));
  return ({ metadata }) =>
    exempt.has(metadata.namespace ?? '') ? undefined : metadata.annotations?.[podAnnotations.reservation];
}

/**
 * Whether `object` is the pod with `uid`, or the pod for which its numbers were reserved, and may still use its ports;
 * those of a node only while it is there.
 */
function usesPorts(object: KubeObject, uid: string, nodeName: string | undefined): boolean {
  const pod = object as Pod;
  const isIt = pod.metadata.uid === uid || pod.metadata.annotations?.[podAnnotations.reservation] === uid;
  return isIt && mayUsePorts(pod) && (nodeName === undefined || pod.spec.nodeName === nodeName);
}
