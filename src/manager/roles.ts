import { roleLabels } from '../api/index.ts';
import type { RoleComponent, RoleInstanceSet } from '../api/index.ts';
import type { Allocator, Heirs, Liveness, WaitingRoom } from '../allocation/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import { RoleInstanceReconciler } from '../controllers/role-instance/index.ts';
import { RoleInstanceSetReconciler } from '../controllers/role-instance-set/index.ts';
import type { RecordWriter } from '../controllers/record/index.ts';
import { keyOf, whenFilled } from '../kube/index.ts';
import type { KubeObject, OwnerChain } from '../kube/index.ts';
import { FormerAllocations, Holdings, RoleIndex, indexRoles } from '../roles/index.ts';
import type { RoleCaches } from '../roles/index.ts';
import type { Controller, MakeController } from '../runtime/index.ts';
import { occupancyOf } from '../workload/index.ts';
import type { LeaderTools } from '../runtime/index.ts';
import { keepRoleRecords } from '../controllers/record/index.ts';

/** What sets and instances need of the rest of the product. */
export interface RolesParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly caches: RoleCaches;
  readonly makeController: MakeController;
}

/** What a leader has besides. */
export interface RolesTools extends LeaderTools {
  readonly allocator: Allocator;
  readonly heirs: Heirs;
  readonly waiting: WaitingRoom;
  readonly liveness: Liveness;
  readonly owners: OwnerChain;
  readonly writer: RecordWriter;
}

/** Reconciles that run at once: more than the API server answers at once would only wait. */
const SET_WORKERS = 4;
/** Those of a burst share the ledger's writes. */
const INSTANCE_WORKERS = 24;
/** What happens to one instance soon after the other is looked at together, in milliseconds. */
const SET_AFTER_MS = 300;
/** The same of an instance's pods, which are born, bound and started within moments. */
const PODS_AFTER_MS = 150;

/** RoleInstanceSets and RoleInstances in one manager. */
export class Roles {
  readonly #parts: RolesParts;
  readonly #index: RoleIndex;

  constructor(parts: RolesParts) {
    this.#parts = parts;
    indexRoles(parts.caches);
    this.#index = new RoleIndex(parts.caches);
  }

  /** Starts what only a leader does, once the kinds are there: whoever sees no instances would make them anew. */
  serve(term: Lifetime, tools: RolesTools): void {
    const { sets, instances, revisions } = this.#parts.caches;
    whenFilled(term, [sets, instances, revisions], () => this.#serve(term, tools));
  }

  #serve(term: Lifetime, tools: RolesTools): void {
    const { clock, log, makeController, caches } = this.#parts;
    const former = new FormerAllocations(tools.client, caches.allocations, tools.heirs);
    const onHeld = keepRoleRecords(term, { clock, caches, writer: tools.writer, makeController });
    const holdings = new Holdings({ ...tools, former, onHeld });
    const common = { ...tools, clock, log, index: this.#index, holdings, former };
    const onShared = (set: RoleInstanceSet): void => {
      const { namespace, name } = set.metadata;
      for (const instance of this.#index.instancesLabelled(namespace, name)) instances.enqueue(keyOf(instance));
      wakeWaiting(namespace);
    };
    const enqueueSet = (key: string): void => sets.enqueue(key);
    const setReconciler = new RoleInstanceSetReconciler({ ...common, onShared, enqueue: enqueueSet });
    const sets = makeController('roleinstanceset', SET_WORKERS, (key, signal) => setReconciler.reconcile(key, signal));
    const reconciler = new RoleInstanceReconciler({ ...common, enqueue: (key) => instances.enqueue(key) });
    const instances = makeController('roleinstance', INSTANCE_WORKERS, (key, signal) =>
      reconciler.reconcile(key, signal),
    );
    const wakeWaiting = (namespace: string): void =>
      reconciler.waitingIn(namespace).forEach((key) => instances.enqueue(key));

    term.own(
      caches.sets.subscribe(({ object }) => {
        sets.enqueue(keyOf(object));
        wakeWaiting(object.metadata.namespace);
      }),
    );
    term.own(
      caches.instances.subscribe(({ type, object }) => {
        if (type !== 'deleted') reconciler.expect(object);
        instances.enqueue(keyOf(object));
        // Another one takes its place at once.
        const isLeaving = object.metadata.deletionTimestamp !== undefined;
        for (const key of setsOf(object)) sets.enqueueAfter(key, isLeaving ? 0 : SET_AFTER_MS);
      }),
    );
    // Those that an earlier version made, which nobody may still have.
    term.own(
      caches.allocations.subscribe(({ object }) => {
        const instance = labelled(object, roleLabels.roleInstance);
        if (instance !== undefined) return instances.enqueue(instance);
        const set = labelled(object, roleLabels.roleInstanceSet);
        if (set !== undefined) sets.enqueue(set);
      }),
    );
    term.own(
      caches.pods.subscribe(({ type, object }) => {
        const instance = labelled(object, roleLabels.roleInstance);
        if (instance === undefined) return;
        const isGone = type === 'deleted' || occupancyOf(object) === 'ended';
        if (isGone) instances.enqueue(instance);
        else instances.enqueueAfter(instance, PODS_AFTER_MS);
        const set = labelled(object, roleLabels.roleInstanceSet);
        if (isGone && set !== undefined) sets.enqueueAfter(set, SET_AFTER_MS);
      }),
    );
    term.own(
      caches.revisions.subscribe(({ type, object }) => (type === 'deleted' ? enqueueSetOf(object, sets) : undefined)),
    );
    term.own(
      caches.services.subscribe(({ type, object }) => {
        if (type !== 'deleted' || object.metadata.labels?.[roleLabels.service] !== object.metadata.name) return;
        for (const set of caches.sets.list()) {
          if (needsService(set, set.spec.template.spec.components, object)) sets.enqueue(keyOf(set));
        }
        for (const instance of caches.instances.list()) {
          if (needsService(instance, instance.spec.components, object)) instances.enqueue(keyOf(instance));
        }
      }),
    );
    sets.start(term);
    instances.start(term);
  }
}

/** Whether the pods of `owner` are found by a Service like `service`, which somebody else's end may have taken along. */
function needsService(
  owner: KubeObject,
  components: readonly Pick<RoleComponent, 'serviceName'>[],
  { metadata: { namespace, name } }: KubeObject,
): boolean {
  return owner.metadata.namespace === namespace && components.some(({ serviceName }) => serviceName === name);
}

function enqueueSetOf(object: KubeObject, sets: Controller): void {
  const set = labelled(object, roleLabels.roleInstanceSet);
  if (set !== undefined) sets.enqueue(set);
}

/** The set that an instance says it is of, and the one that controls it. */
function setsOf(object: KubeObject): ReadonlySet<string> {
  const labelledSet = labelled(object, roleLabels.roleInstanceSet);
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
  const keys = owner === undefined ? [] : [`${object.metadata.namespace ?? ''}/${owner.name}`];
  return new Set([...(labelledSet === undefined ? [] : [labelledSet]), ...keys]);
}

/** The key of what a label of `object` names. */
function labelled({ metadata }: KubeObject, key: string): string | undefined {
  const name = metadata.labels?.[key];
  return name === undefined ? undefined : `${metadata.namespace ?? ''}/${name}`;
}
