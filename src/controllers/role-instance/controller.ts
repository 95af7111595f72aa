import { roleLabels } from '../../api/index.ts';
import type { RoleInstanceSet } from '../../api/index.ts';
import type { Lifetime } from '../../base/lifetime.ts';
import { keyOf } from '../../kube/index.ts';
import { labelledKey, keysOfOwnersNaming } from '../../roles/index.ts';
import type { RoleReconcilerParts } from '../../roles/index.ts';
import type { MakeController } from '../../runtime/index.ts';
import { mayUsePorts } from '../../workload/index.ts';
import { RoleInstanceReconciler } from './reconciler.ts';

/** The parts of the manager that the controller of instances works with. */
interface RoleInstancesParts extends Omit<RoleReconcilerParts, 'enqueue'> {
  readonly makeController: MakeController;
}

/** How many reconciles run at once. Those of a burst share the ledger's writes. */
const WORKERS = 24;
/** How long an instance waits after a change of a pod, so that quick changes share one reconcile, in milliseconds. */
const PODS_AFTER_MS = 150;

/**
 * Starts the controller of instances, which only the leader runs. It ends with `term`.
 * @returns a function that has the instances of a set reconciled, and those in its namespace that wait for a referred role
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
  // Allocations of an earlier version, which may have to be deleted.
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
      if (type === 'deleted')
        keysOfOwnersNaming(object, caches.instances.list(), ({ spec }) => spec.components).forEach(enqueue);
    }),
  );
  controller.start(term);
  return ({ metadata: { namespace, name } }) => {
    for (const instance of index.instancesLabelled(namespace, name)) enqueue(keyOf(instance));
    wakeWaiting(namespace);
  };
}
