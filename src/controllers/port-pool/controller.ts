import type { Lifetime } from '../../base/lifetime.ts';
import { UsageBook } from '../../allocation/index.ts';
import type { Ledger } from '../../allocation/index.ts';
import { cameOrWent } from '../../kube/index.ts';
import type { CacheChange, KubeObject, Node, ResourceCache } from '../../kube/index.ts';
import type { MakeController } from '../../runtime/index.ts';
import { PortPoolReconciler } from './reconciler.ts';
import type { ReconcilerParts } from './reconciler.ts';

/** What pools need from the other parts of a manager. */
export interface PortPoolsParts extends Omit<ReconcilerParts, 'book' | 'ledger'> {
  readonly ledger: Ledger;
  readonly nodes: ResourceCache<Node>;
  readonly makeController: MakeController;
}

/** Usage is counted at most this often, in milliseconds. */
const COUNT_EVERY_MS = 1_000;

/**
 * Starts what only a leader does with pools.
 * @returns a function that enqueues a pool, after a delay in milliseconds or at once
 */
export function startPortPools(term: Lifetime, parts: PortPoolsParts): (name: string, afterMs?: number) => void {
  const { cache, nodes, pools, ledger, makeController } = parts;
  const book = term.own(new UsageBook({ ledger, pools, nodes }));
  const reconciler = new PortPoolReconciler({ ...parts, book });
  const controller = makeController('portpool', 1, (key, signal) => reconciler.reconcile(key, signal));
  const all = (): void => pools.all().forEach(({ name }) => controller.enqueueAfter(name, COUNT_EVERY_MS));
  term.own(
    cache.subscribe((change) => {
      const { name } = change.object.metadata;
      // The write of a count is no reason to count again at once.
      if (isOnlyStatus(change)) controller.enqueueAfter(name, COUNT_EVERY_MS);
      else controller.enqueue(name);
    }),
  );
  term.own(pools.subscribe(all));
  term.own(
    nodes.subscribe((change) => {
      // The status of a node, which changes each minute, doesn't matter.
      if (cameOrWent(change)) all();
    }),
  );
  term.own(ledger.subscribe(all));
  all();
  controller.start(term);
  return (name, afterMs = 0) => (afterMs === 0 ? controller.enqueue(name) : controller.enqueueAfter(name, afterMs));
}

function isOnlyStatus(change: CacheChange<KubeObject>): boolean {
  if (change.type === 'deleted') return false;
  const { generation, deletionTimestamp } = change.object.metadata;
  return deletionTimestamp === undefined && change.previous?.metadata.generation === generation;
}
