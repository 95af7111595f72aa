import { EXEMPT_NAMESPACES, podAnnotations } from '../api/index.ts';
import type { PortAllocation } from '../api/index.ts';
import { livenessOf, observeHostPorts } from '../allocation/index.ts';
import type { Allocator, Ledger, Lending, Liveness, Observe } from '../allocation/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import { PodReconciler } from '../controllers/pod/index.ts';
import { RecordKeeper } from '../controllers/record/index.ts';
import { OwnerChain, keyOf, parseKey } from '../kube/index.ts';
import type { ClusterClient, KubeObject, Namespace, Pod, ResourceCache } from '../kube/index.ts';
import { KeyBatch } from '../runtime/index.ts';
import type { HttpsHandler, MakeController } from '../runtime/index.ts';
import { BindingAdmission, PodAdmission, bindingRoute, podRoute } from '../webhook/index.ts';
import { hostPortsOf, occupancyOf, sharesPort } from '../workload/index.ts';
import type { LeaderTools } from './leader-tools.ts';

/** What pods need of the rest of the product. */
export interface WorkloadParts {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly namespace: string;
  readonly reservationLifeMs: number;
  readonly pods: ResourceCache<Pod>;
  readonly namespaces: ResourceCache<Namespace>;
  readonly allocations: ResourceCache<PortAllocation>;
  /** Told of each pod that was bound without the ports that it was promised. */
  readonly onBoundWithoutPorts: () => void;
  readonly makeController: MakeController;
}

/** Reconciles of pods that run at once: they share writes. */
const POD_WORKERS = 64;
/** Far fewer than the callers of a burst, beside whom records may be written; enough to be done soon after it. */
const RECORD_WORKERS = 12;
/** Confirmations share writes: each would cost one of its own when pods come one by one. */
const CONFIRM = { lullMs: 50, atMostMs: 250 };
/** Those of numbers of nodes share them on each node by itself, so that more of them have to come together. */
const CONFIRM_BOUND = { lullMs: 500, atMostMs: 2_000 };
/** Until a record that was deleted is written again, or isn't, because its pods are gone. */
const DELETION_AGAIN_MS = 5_000;
/** Records wait for the end of a burst. A pod that is gone again by then needs none. */
const RECORD = { lullMs: 2_000, atMostMs: 30_000 };

/** All that concerns pods in one manager: who took ports without asking, admission, release, records. */
export class Workloads {
  readonly liveness: Liveness;
  readonly owners: OwnerChain;
  readonly #parts: WorkloadParts;
  readonly #exempt: ReadonlySet<string>;
  #look: (key: string) => void = () => undefined;

  constructor(parts: WorkloadParts) {
    this.#parts = parts;
    const { client } = parts;
    this.#exempt = new Set([...EXEMPT_NAMESPACES, parts.namespace]);
    this.owners = new OwnerChain(client);
    this.liveness = livenessOf(client, usesPorts, sharesPort, (pod) => occupancyOf(pod) === 'running');
  }

  /** Keeps observed what pods took without asking. */
  observe(observed: Observe, ledger: Ledger): Disposable {
    const { clock, pods } = this.#parts;
    const hostPorts = (pod: Pod) => (occupancyOf(pod) === 'ended' ? [] : hostPortsOf(pod));
    return observeHostPorts({ pods, ledger, observed, clock, hostPorts, tokenOf: (pod) => this.#tokenOf(pod) });
  }

  /** What answers reviews of pods' creation. */
  route(allocator: Allocator, lending: Lending, observe: (outcome: string, seconds: number) => void): HttpsHandler {
    const { client, clock, log, namespaces, pods, reservationLifeMs } = this.#parts;
    const { owners, liveness } = this;
    const common = { client, allocator, lending, liveness, owners, namespaces, pods, clock, reservationLifeMs };
    const admission = new PodAdmission({ ...common, exemptNamespaces: this.#exempt });
    return podRoute({ admission, clock, log, observe });
  }

  /** What answers reviews of Bindings. */
  bindingRoute(allocator: Allocator, observe: (outcome: string, seconds: number) => void): HttpsHandler {
    const { client, clock, log, pods, reservationLifeMs } = this.#parts;
    const admission = new BindingAdmission({ client, allocator, pods, clock, reservationLifeMs });
    return bindingRoute({ admission, clock, log, observe });
  }

  /** Has a pod looked at, while this manager leads. */
  look(key: string): void {
    this.#look(key);
  }

  /** Starts what only a leader does with pods. */
  serve(term: Lifetime, tools: LeaderTools & { readonly allocator: Allocator }): void {
    const { allocator, events } = tools;
    const { clock, pods, onBoundWithoutPorts, log, makeController } = this.#parts;
    const { liveness } = this;
    const reconciler = new PodReconciler({ pods, allocator, liveness, events, onBoundWithoutPorts, log });
    const controller = makeController('pod', POD_WORKERS, (key, signal) => reconciler.reconcile(key, signal));
    this.#look = (key) => controller.enqueue(key);
    const seen = term.own(new KeyBatch(clock, CONFIRM, (keys) => keys.forEach((key) => controller.enqueue(key))));
    const bound = term.own(
      new KeyBatch(clock, CONFIRM_BOUND, (keys) => this.#byNode(keys).forEach((key) => controller.enqueue(key))),
    );
    term.own(
      pods.subscribe(({ type, object }) => {
        if (!wasGivenPorts(object)) return;
        if (type === 'deleted') reconciler.sawDeletion(object);
        // What comes back is wanted at once.
        if (type === 'deleted' || occupancyOf(object) === 'ended') controller.enqueue(keyOf(object));
        else (wasGivenPortsOfNode(object) ? bound : seen).add(keyOf(object));
      }),
    );
    // Those that went while nobody led.
    for (const { namespace, name } of allocator.holdersOfKind('Pod')) controller.enqueue(`${namespace}/${name}`);
    controller.start(term);
    this.#keepRecords(term, tools);
  }

  #keepRecords(term: Lifetime, tools: LeaderTools & { readonly allocator: Allocator }): void {
    const { clock, pods, allocations, makeController } = this.#parts;
    const { liveness, owners } = this;
    const keeper = new RecordKeeper({ ...tools, pods, allocations, liveness, owners });
    const records = makeController('record', RECORD_WORKERS, (key, signal) => keeper.reconcile(key, signal));
    const deleted = new Map<string, PortAllocation>();
    const deletions = makeController('recorddeletion', 1, async (key, signal) => {
      const record = deleted.get(key);
      if (record === undefined) return { kind: 'settled' };
      const { users, isOver } = await keeper.afterDeletion(record, signal);
      for (const pod of users) records.enqueue(pod);
      if (!isOver) return { kind: 'again', afterMs: DELETION_AGAIN_MS };
      deleted.delete(key);
      return { kind: 'settled' };
    });
    const unrecorded = term.own(new KeyBatch(clock, RECORD, (keys) => keys.forEach((key) => records.enqueue(key))));
    term.own(
      pods.subscribe(({ object }) => {
        if (wasGivenPorts(object) && !keeper.isRecorded(object)) unrecorded.add(keyOf(object));
      }),
    );
    term.own(
      allocations.subscribe(({ type, object }) => {
        if (type !== 'deleted' || object.spec.recordOf === undefined) return;
        deleted.set(keyOf(object), object);
        deletions.enqueue(keyOf(object));
      }),
    );
    records.start(term);
    deletions.start(term);
  }

  /** Those of a node beside each other: they are looked at together, and share its writes. */
  #byNode(keys: readonly string[]): readonly string[] {
    const nodeOf = (key: string): string => {
      const { namespace, name } = parseKey(key);
      return this.#parts.pods.get(namespace, name)?.spec.nodeName ?? '';
    };
    return [...Map.groupBy(keys, nodeOf).values()].flat();
  }

  /** Pods of exempt namespaces are seen by no webhook: what they carry is nobody's word. */
  #tokenOf({ metadata }: Pod): string | undefined {
    const isExempt = this.#exempt.has(metadata.namespace ?? '');
    return isExempt ? undefined : metadata.annotations?.[podAnnotations.reservation];
  }
}

/** Whether the webhook gave `pod` its ports. */
function wasGivenPorts({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[podAnnotations.reservation] !== undefined;
}

/** Whether `pod` was given its numbers with its Binding. */
function wasGivenPortsOfNode({ metadata, spec }: Pod): boolean {
  return metadata.annotations?.[podAnnotations.nodePool] !== undefined && (spec.nodeName ?? '') !== '';
}

/**
 * Whether `object` is the pod that has `uid`, or that its numbers were reserved for, and still uses its ports; those of a
 * node while it is there.
 */
function usesPorts(object: KubeObject, uid: string, nodeName: string | undefined): boolean {
  const pod = object as Pod;
  const isIt = pod.metadata.uid === uid || pod.metadata.annotations?.[podAnnotations.reservation] === uid;
  return isIt && occupancyOf(pod) === 'running' && (nodeName === undefined || pod.spec.nodeName === nodeName);
}
