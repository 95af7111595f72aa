import type { Lifetime } from '../base/lifetime.ts';
import { PortPoolReconciler } from '../controllers/port-pool/index.ts';
import type { ReconcilerParts } from '../controllers/port-pool/index.ts';
import type { CacheChange, KubeObject } from '../kube/index.ts';
import type { MakeController } from '../runtime/index.ts';

/** What pools need of the rest of the product. */
export interface PoolsParts extends ReconcilerParts {
  readonly makeController: MakeController;
}

/** Usage is counted at most this often, in milliseconds. */
const COUNT_EVERY_MS = 1_000;

/**
 * Starts what only a leader does with pools.
 * @returns how to have a pool looked at
 */
export function servePools(term: Lifetime, parts: PoolsParts): (name: string) => void {
  const { cache, nodes, pools, ledger, makeController } = parts;
  const reconciler = new PortPoolReconciler(parts);
  const controller = makeController('portpool', 1, (key, signal) => reconciler.reconcile(key, signal));
  const all = (): void => pools.all().forEach(({ name }) => controller.enqueueAfter(name, COUNT_EVERY_MS));
  term.own(
    cache.subscribe((change) => {
      const { name } = change.object.metadata;
      // A count that was written is no reason to count again at once.
      if (isOnlyStatus(change)) controller.enqueueAfter(name, COUNT_EVERY_MS);
      else controller.enqueue(name);
    }),
  );
  term.own(pools.subscribe(all));
  term.own(nodes.subscribe(all));
  term.own(ledger.subscribe(all));
  all();
  controller.start(term);
  return (name) => controller.enqueue(name);
}

function isOnlyStatus(change: CacheChange<KubeObject>): boolean {
  if (change.type === 'deleted') return false;
  const { generation, deletionTimestamp } = change.object.metadata;
  return deletionTimestamp === undefined && change.previous?.metadata.generation === generation;
}
