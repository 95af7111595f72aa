import { roleLabels } from '../../api/index.ts';
import type { RoleInstanceSet } from '../../api/index.ts';
import type { Lifetime } from '../../base/lifetime.ts';
import { keyOf } from '../../kube/index.ts';
import { labelledKey, whoNeeds } from '../../roles/index.ts';
import type { RoleReconcilerParts } from '../../roles/index.ts';
import type { MakeController } from '../../runtime/index.ts';
import { mayUsePorts } from '../../workload/index.ts';
import { RoleInstanceReconciler } from './reconciler.ts';

/** What instances need of the rest of the manager. */
export interface RoleInstancesParts extends Omit<RoleReconcilerParts, 'enqueue'> {
  readonly makeController: MakeController;
}

/** Reconciles that run at once: those of a burst share the ledger's writes. */
const WORKERS = 24;
/** What happens to an instance's pods, which are born, bound and started within moments, is looked at together, in milliseconds. */
const PODS_AFTER_MS = 150;

/**
 * Starts what only a leader does with instances.
 * @returns how to have the instances of a set looked at, and those that refer to it
 */
export function startRoleInstances(term: Lifetime, parts: RoleInstancesParts): (set: RoleInstanceSet) => void {
  const { index, makeController } = parts;
  const { caches } = index;
  const enqueue = (key: string): void => controller.enqueue(key);
  const reconciler = new RoleInstanceReconciler({ ...parts, enqueue });
  const controller = makeController('roleinstance', WORKERS, (key, signal) => reconciler.reconcile(key, signal));
  const wakeWaiting = (namespace: string): void => reconciler.waitingIn(namespace).forEach(enqueue);

  term.own(caches.sets.subscribe(({ object }) => wakeWaiting(object.metadata.namespace)));
  term.own(
    caches.instances.subscribe(({ type, object }) => {
      if (type !== 'deleted') reconciler.expect(object);
      enqueue(keyOf(object));
    }),
  );
  // Those that an earlier version made, which nobody may still have.
  term.own(
    caches.allocations.subscribe(({ object }) => {
      const instance = labelledKey(object, roleLabels.roleInstance);
      if (instance !== undefined) enqueue(instance);
    }),
  );
  term.own(
    caches.pods.subscribe(({ type, object }) => {
      const instance = labelledKey(object, roleLabels.roleInstance);
      if (instance === undefined) return;
      if (type === 'deleted' || !mayUsePorts(object)) enqueue(instance);
      else controller.enqueueAfter(instance, PODS_AFTER_MS);
    }),
  );
  term.own(
    caches.services.subscribe(({ type, object }) => {
      if (type === 'deleted') whoNeeds(object, caches.instances.list(), ({ spec }) => spec.components).forEach(enqueue);
    }),
  );
  controller.start(term);
  return ({ metadata: { namespace, name } }) => {
    for (const instance of index.instancesLabelled(namespace, name)) enqueue(keyOf(instance));
    wakeWaiting(namespace);
  };
}
