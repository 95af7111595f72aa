import type { PortAllocation } from '../../api/index.ts';
import { quotaCounted } from '../../allocation/index.ts';
import type { Ledger } from '../../allocation/index.ts';
import type { Lifetime } from '../../base/lifetime.ts';
import { cameOrWent, keyOf } from '../../kube/index.ts';
import type { CacheChange, ConfigMap, Namespace, Node, ResourceCache } from '../../kube/index.ts';
import type { MakeController, Reconcile } from '../../runtime/index.ts';
import { PortAllocationReconciler } from './reconciler.ts';
import type { ReconcilerParts } from './reconciler.ts';

/** What allocations need from the other parts of a manager. */
export interface PortAllocationsParts extends Omit<ReconcilerParts, 'enqueue'> {
  readonly ledger: Ledger;
  readonly namespaces: ResourceCache<Namespace>;
  readonly nodes: ResourceCache<Node>;
  /** The ConfigMaps of the ledger, including the counters of quotas. */
  readonly stored: ResourceCache<ConfigMap>;
  readonly makeController: MakeController;
}

/** How many allocations are reconciled at once: they share writes. */
const ALLOCATION_WORKERS = 64;

/**
 * Starts what only a leader does with allocations.
 * @returns a function that enqueues an allocation
 */
export function startPortAllocations(term: Lifetime, parts: PortAllocationsParts): (key: string) => void {
  const { allocations, ledger, waiting, namespaces, nodes, stored, makeController } = parts;
  const enqueue = (key: string): void => controller.enqueue(key);
  const reconciler = new PortAllocationReconciler({ ...parts, enqueue });
  const reconcile: Reconcile = (key, signal) => reconciler.reconcile(key, signal);
  const controller = makeController('portallocation', ALLOCATION_WORKERS, reconcile);
  const look = (object: PortAllocation): void => {
    if (!isPlainRecord(object)) controller.enqueue(keyOf(object));
  };
  // Allocations with numbers come first, so that no new one takes what is theirs; then the oldest.
  allocations.list().toSorted(holdersFirst).forEach(look);
  term.own(allocations.subscribe(({ object }) => look(object)));
  term.own(ledger.subscribe((_domain, changes) => reconciler.lookAtDeparting(changes)));
  term.own(
    namespaces.subscribe((change) => {
      if (!isAsBefore(change)) waiting.lookAtNamespace(change.object.metadata.name);
    }),
  );
  term.own(
    nodes.subscribe((change) => {
      if (cameOrWent(change)) waiting.lookAtNode(change.object.metadata.name);
    }),
  );
  // A recount of quotas may help a waiting allocation without any change of the ledger.
  term.own(
    stored.subscribe((change) => {
      const counter = quotaCounted(change.object);
      if (counter === undefined) return;
      const before = (change.type === 'applied' ? change.previous?.data : undefined) ?? {};
      const after = change.type === 'deleted' ? {} : counter.counts;
      for (const [namespace, count] of Object.entries(before)) {
        if (after[namespace] !== count) waiting.lookAtQuota(counter.pool, namespace);
      }
    }),
  );
  controller.start(term);
  return enqueue;
}

/** Whether `object` needs no work: records have their own controller, and hardly ever a finalizer. */
function isPlainRecord({ metadata, spec }: PortAllocation): boolean {
  return spec.recordOf !== undefined && metadata.finalizers === undefined;
}

/** Whether the labels of a namespace, by which pools select, are unchanged. */
function isAsBefore(change: CacheChange<Namespace>): boolean {
  if (change.type === 'deleted') return false;
  const [now, before] = [change.object, change.previous].map((each) => JSON.stringify(each?.metadata.labels ?? {}));
  return change.previous !== undefined && now === before;
}

function holdersFirst(left: PortAllocation, right: PortAllocation): number {
  const rank = ({ status }: PortAllocation) => (status?.ports === undefined ? 1 : 0);
  return rank(left) - rank(right) || left.metadata.creationTimestamp.localeCompare(right.metadata.creationTimestamp);
}
