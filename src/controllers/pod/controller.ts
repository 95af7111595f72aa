import type { Allocator, Liveness } from '../../allocation/index.ts';
import type { Clock } from '../../base/clock.ts';
import type { Lifetime } from '../../base/lifetime.ts';
import type { Logger } from '../../base/logger.ts';
import { keyOf, parseKey } from '../../kube/index.ts';
import type { EventRecorder, Pod, ResourceCache } from '../../kube/index.ts';
import { KeyBatch } from '../../runtime/index.ts';
import type { MakeController } from '../../runtime/index.ts';
import { isServed, mayUsePorts } from '../../workload/index.ts';
import { Confirmer } from './confirmer.ts';
import { PodReconciler } from './reconciler.ts';

/** What each manager needs to confirm its reservations. */
export interface ConfirmationParts {
  readonly pods: ResourceCache<Pod>;
  readonly allocator: Allocator;
  readonly clock: Clock;
  /** How long an admitted pod is waited for, in milliseconds. */
  readonly reservationLifeMs: number;
  readonly makeController: MakeController;
}

/** What a leader needs from the other parts of a manager. */
export interface PodsParts extends Pick<ConfirmationParts, 'pods' | 'allocator' | 'clock' | 'makeController'> {
  readonly liveness: Liveness;
  readonly events: EventRecorder;
  /** Called with each pod that was bound without its deferred ports. */
  readonly onBoundWithoutPorts: () => void;
  readonly log: Logger;
}

/** How many pods are reconciled at once: they share writes. */
const WORKERS = 64;
/** Confirmations are batched to share writes: otherwise each would cost one when pods come one by one. */
const CONFIRM = { lullMs: 50, atMostMs: 250 };
/** So are releases of pods that end together; a single one is released almost at once. */
const RELEASE = { lullMs: 50, atMostMs: 400 };
/**
 * The leader needn't hurry with existing pods: the manager that admitted a pod confirms it. Numbers of nodes are
 * confirmed by the leader and share writes only on their node, so more of them have to come together.
 */
const SEEN = { lullMs: 500, atMostMs: 2_000 };

/**
 * Confirms the reservations that this manager makes, whether or not it leads.
 * @returns a function to be called with the token of every pod that is admitted, before its review is answered
 */
export function startConfirmations(lifetime: Lifetime, parts: ConfirmationParts): (token: string) => void {
  const { clock, pods, makeController } = parts;
  const confirmer = new Confirmer(parts);
  const controller = makeController('confirmation', WORKERS, (key, signal) => confirmer.reconcile(key, signal));
  const seen = lifetime.own(new KeyBatch(clock, CONFIRM, (keys) => keys.forEach((key) => controller.enqueue(key))));
  lifetime.own(
    pods.subscribe(({ type, object }) => {
      if (confirmer.awaited(object) && type !== 'deleted') seen.add(keyOf(object));
    }),
  );
  controller.start(lifetime);
  return (token) => confirmer.letIn(token);
}

/**
 * Starts what only a leader does with pods.
 * @returns a function that enqueues a pod
 */
export function startPods(term: Lifetime, parts: PodsParts): (key: string) => void {
  const { allocator, clock, pods, makeController } = parts;
  const reconciler = new PodReconciler(parts);
  const controller = makeController('pod', WORKERS, (key, signal) => reconciler.reconcile(key, signal));
  const enqueue = (key: string): void => controller.enqueue(key);
  const seen = term.own(new KeyBatch(clock, SEEN, (keys) => byNode(pods, keys).forEach(enqueue)));
  const over = term.own(new KeyBatch(clock, RELEASE, (keys) => keys.forEach(enqueue)));
  term.own(
    pods.subscribe(({ type, object }) => {
      if (!isServed(object)) return;
      if (type === 'deleted') reconciler.sawDeletion(object);
      const isOver = type === 'deleted' || !mayUsePorts(object);
      (isOver ? over : seen).add(keyOf(object));
    }),
  );
  // Pods that were deleted while no manager led.
  term.run(
    (signal) => allocator.eachOfKind('Pod', ({ namespace, name }) => enqueue(`${namespace}/${name}`), signal),
    (error) => {
      throw error;
    },
  );
  controller.start(term);
  return enqueue;
}

/** Pods of one node next to each other: they are reconciled together, and share its writes. */
function byNode(pods: ResourceCache<Pod>, keys: readonly string[]): readonly string[] {
  const nodeOf = (key: string): string => {
    const { namespace, name } = parseKey(key);
    return pods.get(namespace, name)?.spec.nodeName ?? '';
  };
  return [...Map.groupBy(keys, nodeOf).values()].flat();
}
