import type { PortAllocation } from '../api/index.ts';
import type { Ledger } from '../allocation/index.ts';
import type { Lifetime } from '../base/lifetime.ts';
import { PortAllocationReconciler } from '../controllers/port-allocation/index.ts';
import type { ReconcilerParts } from '../controllers/port-allocation/index.ts';
import { keyOf } from '../kube/index.ts';
import type { ConfigMap, Namespace, Node, ResourceCache } from '../kube/index.ts';
import { isQuotaCounter } from '../ledger/index.ts';
import type { MakeController, Reconcile } from '../runtime/index.ts';

/** What allocations need of the rest of the product. */
export interface AllocationsParts extends Omit<ReconcilerParts, 'enqueue'> {
  readonly ledger: Ledger;
  readonly namespaces: ResourceCache<Namespace>;
  readonly nodes: ResourceCache<Node>;
  /** The ConfigMaps of the ledger, among them the counters of quotas. */
  readonly stored: ResourceCache<ConfigMap>;
  readonly makeController: MakeController;
}

/** Reconciles of allocations that run at once: they share writes. */
const ALLOCATION_WORKERS = 64;
/** Records whose status is written at once. */
const RECORD_WORKERS = 2;

/**
 * Starts what only a leader does with allocations.
 * @returns how to have an allocation looked at
 */
export function serveAllocations(term: Lifetime, parts: AllocationsParts): (key: string) => void {
  const { allocations, ledger, waiting, namespaces, nodes, stored, makeController } = parts;
  const enqueue = (key: string): void => controller.enqueue(key);
  const reconciler = new PortAllocationReconciler({ ...parts, enqueue });
  const reconcile: Reconcile = (key, signal) => reconciler.reconcile(key, signal);
  const controller = makeController('portallocation', ALLOCATION_WORKERS, reconcile);
  // Many at a time, and nobody waits for them.
  const records = makeController('recordstatus', RECORD_WORKERS, reconcile);
  const look = (object: PortAllocation): void =>
    (object.spec.recordOf === undefined ? controller : records).enqueue(keyOf(object));
  // Those who have numbers come first, so that nobody new takes what is theirs; then the oldest.
  allocations.list().toSorted(holdersFirst).forEach(look);
  term.own(allocations.subscribe(({ object }) => look(object)));
  term.own(ledger.subscribe(() => reconciler.lookAtDeparting()));
  term.own(namespaces.subscribe(() => waiting.lookSoon()));
  term.own(nodes.subscribe(() => waiting.lookSoon()));
  // A recount lets somebody in without any change of the ledger.
  term.own(stored.subscribe(({ object }) => (isQuotaCounter(object) ? waiting.lookSoon() : undefined)));
  controller.start(term);
  records.start(term);
  return enqueue;
}

function holdersFirst(left: PortAllocation, right: PortAllocation): number {
  const rank = ({ status }: PortAllocation) => (status?.ports === undefined ? 1 : 0);
  return rank(left) - rank(right) || left.metadata.creationTimestamp.localeCompare(right.metadata.creationTimestamp);
}
