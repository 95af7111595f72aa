import { EXEMPT_NAMESPACES, podAnnotations } from '../api/index.ts';
import type { PortAllocation } from '../api/index.ts';
import { livenessOf, observeHostPorts } from '../allocation/index.ts';
import type { Allocator, Ledger, Lending, Liveness, Observe } from '../allocation/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import { Confirmer, PodReconciler } from '../controllers/pod/index.ts';
import type { RecordWriter } from '../controllers/record/index.ts';
import { OwnerChain, keyOf, parseKey } from '../kube/index.ts';
import type { ClusterClient, KubeObject, Namespace, Pod, ResourceCache } from '../kube/index.ts';
import { KeyBatch } from '../runtime/index.ts';
import type { HttpsHandler, MakeController, Reconcile } from '../runtime/index.ts';
import { BindingAdmission, PodAdmission, bindingRoute, podRoute } from '../webhook/index.ts';
import { hostPortsOf, occupancyOf, partiesOf, sharesPort } from '../workload/index.ts';
import type { LeaderTools } from '../runtime/index.ts';
import { keepRecords } from '../controllers/record/index.ts';

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
/** Confirmations share writes: each would cost one of its own when pods come one by one. */
const CONFIRM = { lullMs: 50, atMostMs: 250 };
/** So do releases, of many pods that end together; one by itself comes back as good as at once. */
const RELEASE = { lullMs: 50, atMostMs: 400 };
/**
 * What the leader sees of pods that are there is in no hurry: who let them in confirms them. Numbers of nodes are confirmed by
 * the leader, and share writes on each node by itself, so that more of them have to come together.
 */
const SEEN = { lullMs: 500, atMostMs: 2_000 };

/** Of pods: those that share numbers, by namespace. */
const SHARING = 'sharing';

/** All that concerns pods in one manager: who took ports without asking, admission, release, records. */
export class Workloads {
  readonly liveness: Liveness;
  readonly owners: OwnerChain;
  readonly #parts: WorkloadParts;
  readonly #exempt: ReadonlySet<string>;
  #onLetIn: (token: string) => void = () => undefined;
  #look: (key: string) => void = () => undefined;

  constructor(parts: WorkloadParts) {
    this.#parts = parts;
    const { client, pods } = parts;
    pods.index(SHARING, (pod) => ((partiesOf(pod)?.shared.length ?? 0) > 0 ? [pod.metadata.namespace ?? ''] : []));
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

  /** Confirms what this manager reserves for pods, whether or not it leads. */
  confirm(allocator: Allocator, lifetime: Lifetime): void {
    const { clock, pods, reservationLifeMs, makeController } = this.#parts;
    const confirmer = new Confirmer({ pods, allocator, clock, reservationLifeMs });
    this.#onLetIn = (token) => confirmer.letIn(token);
    const reconcile: Reconcile = (key, signal) => confirmer.reconcile(key, signal);
    const controller = makeController('confirmation', POD_WORKERS, reconcile);
    const seen = lifetime.own(new KeyBatch(clock, CONFIRM, (keys) => keys.forEach((key) => controller.enqueue(key))));
    lifetime.own(
      pods.subscribe(({ type, object }) => {
        if (confirmer.awaited(object) && type !== 'deleted') seen.add(keyOf(object));
      }),
    );
    controller.start(lifetime);
  }

  /** What answers reviews of pods' creation. */
  route(allocator: Allocator, lending: Lending, observe: (outcome: string, seconds: number) => void): HttpsHandler {
    const { client, clock, log, namespaces, pods, reservationLifeMs } = this.#parts;
    const { owners, liveness } = this;
    const common = { client, allocator, lending, liveness, owners, namespaces, pods, clock, reservationLifeMs };
    const onLetIn = (token: string): void => this.#onLetIn(token);
    const admission = new PodAdmission({ ...common, exemptNamespaces: this.#exempt, onLetIn });
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
  serve(term: Lifetime, tools: LeaderTools & { readonly allocator: Allocator; readonly writer: RecordWriter }): void {
    const { allocator, events } = tools;
    const { clock, pods, onBoundWithoutPorts, log, makeController } = this.#parts;
    const { liveness } = this;
    const reconciler = new PodReconciler({ pods, allocator, liveness, events, onBoundWithoutPorts, log });
    const controller = makeController('pod', POD_WORKERS, (key, signal) => reconciler.reconcile(key, signal));
    this.#look = (key) => controller.enqueue(key);
    const seen = term.own(
      new KeyBatch(clock, SEEN, (keys) => this.#byNode(keys).forEach((key) => controller.enqueue(key))),
    );
    const over = term.own(new KeyBatch(clock, RELEASE, (keys) => keys.forEach((key) => controller.enqueue(key))));
    term.own(
      pods.subscribe(({ type, object }) => {
        if (!wasGivenPorts(object)) return;
        if (type === 'deleted') reconciler.sawDeletion(object);
        const isOver = type === 'deleted' || occupancyOf(object) === 'ended';
        (isOver ? over : seen).add(keyOf(object));
      }),
    );
    // Those that went while nobody led.
    term.run(
      (signal) =>
        allocator.eachOfKind('Pod', ({ namespace, name }) => controller.enqueue(`${namespace}/${name}`), signal),
      (error) => {
        throw error;
      },
    );
    controller.start(term);
    const sharing = (space: string): readonly Pod[] => this.#parts.pods.byIndex(SHARING, space);
    keepRecords(term, { ...this.#parts, ...tools, liveness, owners: this.owners, wasGivenPorts, sharing });
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

/**
 * Whether `object` is the pod that has `uid`, or that its numbers were reserved for, and still uses its ports; those of a
 * node while it is there.
 */
function usesPorts(object: KubeObject, uid: string, nodeName: string | undefined): boolean {
  const pod = object as Pod;
  const isIt = pod.metadata.uid === uid || pod.metadata.annotations?.[podAnnotations.reservation] === uid;
  return isIt && occupancyOf(pod) === 'running' && (nodeName === undefined || pod.spec.nodeName === nodeName);
}
