import { roleLabels } from '../../api/index.ts';
import type { Lifetime } from '../../base/lifetime.ts';
import { keyOf } from '../../kube/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { labelledKey, keysOfOwnersNaming } from '../../roles/index.ts';
import type { MakeController } from '../../runtime/index.ts';
import { mayUsePorts } from '../../workload/index.ts';
import { RoleInstanceSetReconciler } from './reconciler.ts';
import type { SetReconcilerParts } from './reconciler.ts';

/** The parts of the manager that the controller of sets works with. */
interface RoleInstanceSetsParts extends Omit<SetReconcilerParts, 'enqueue'> {
  readonly makeController: MakeController;
}

/** How many reconciles run at once. More would only wait for the API server. */
const WORKERS = 4;
/** How long a set waits after a change of one instance, so that several changes share a reconcile, in milliseconds. */
const AFTER_MS = 300;

/** Starts the controller of sets, which only the leader runs. It ends with `term`. */
export function startRoleInstanceSets(term: Lifetime, parts: RoleInstanceSetsParts): void {
  const { caches } = parts.index;
  const enqueue = (key: string): void => controller.enqueue(key);
  const reconciler = new RoleInstanceSetReconciler({ ...parts, enqueue });
  const controller = parts.makeController('roleinstanceset', WORKERS, (key, signal) =>
    reconciler.reconcile(key, signal),
  );
  const enqueueSetOf = (object: KubeObject, afterMs = 0): void => {
    const set = labelledKey(object, roleLabels.roleInstanceSet);
    if (set !== undefined) controller.enqueueAfter(set, afterMs);
  };

  term.own(caches.sets.subscribe(({ object }) => enqueue(keyOf(object))));
  term.own(
    caches.instances.subscribe(({ object }) => {
      // A new instance replaces it at once.
      const isLeaving = object.metadata.deletionTimestamp !== undefined;
      for (const key of setKeysOf(object)) controller.enqueueAfter(key, isLeaving ? 0 : AFTER_MS);
    }),
  );
  // Allocations of an earlier version, which may have to be deleted; those of an instance are the instance controller's.
  term.own(
    caches.allocations.subscribe(({ object }) => {
      if (labelledKey(object, roleLabels.roleInstance) === undefined) enqueueSetOf(object);
    }),
  );
  term.own(
    caches.pods.subscribe(({ type, object }) => {
      if (labelledKey(object, roleLabels.roleInstance) === undefined) return;
      if (type === 'deleted' || !mayUsePorts(object)) enqueueSetOf(object, AFTER_MS);
    }),
  );
  term.own(
    caches.revisions.subscribe(({ type, object }) => {
      if (type === 'deleted') enqueueSetOf(object);
    }),
  );
  term.own(
    caches.services.subscribe(({ type, object }) => {
      if (type === 'deleted')
        keysOfOwnersNaming(object, caches.sets.list(), ({ spec }) => spec.template.spec.components).forEach(enqueue);
    }),
  );
  controller.start(term);
}

/** The keys of the set that the label of an instance names, and of the set that controls it. */
function setKeysOf(object: KubeObject): ReadonlySet<string> {
  const labelled = labelledKey(object, roleLabels.roleInstanceSet);
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
  const keys = owner === undefined ? [] : [`${object.metadata.namespace ?? ''}/${owner.name}`];
  return new Set([...(labelled === undefined ? [] : [labelled]), ...keys]);
}
