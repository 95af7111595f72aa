import { finalizers, parsePortPool, PortPools } from '../../api/index.ts';
import type { PortPool, PortPoolStatus } from '../../api/index.ts';
import type { KnownPool, Ledger, Pools, Usage, UsageBook } from '../../allocation/index.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { FinalizerOperator, secondTime } from '../../kube/index.ts';
import type { ClusterClient, ResourceCache } from '../../kube/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { decide } from './decide.ts';
import type { Remark } from './decide.ts';

/** What the reconciler needs. */
export interface ReconcilerParts {
  readonly client: ClusterClient;
  readonly cache: ResourceCache<PortPool>;
  readonly pools: Pools;
  readonly ledger: Pick<Ledger, 'held' | 'nextExpiry'>;
  readonly book: Pick<UsageBook, 'forget' | 'of'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Why nodes don't advertise the room of a pool although they should. */
  readonly unadvertised: (pool: KnownPool) => Remark;
  /** How many nodes advertise the room of a pool. */
  readonly advertised: (pool: KnownPool) => Remark;
  /** Nodes that report more listeners on numbers of a pool than count. */
  readonly ignoredNodesOf: (pool: string) => readonly string[];
  /** Called with every count, for the metric; with undefined when the pool is deleted. */
  readonly observe: (pool: string, usage: Usage | undefined) => void;
}

/** Shows the usage of a PortPool in its status, and keeps the pool while any number is held. */
export class PortPoolReconciler {
  readonly #parts: ReconcilerParts;
  readonly #operator: FinalizerOperator<PortPool>;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    this.#operator = new FinalizerOperator(parts.client, PortPools, parts.log);
  }

  async reconcile(name: string, signal: AbortSignal): Promise<Outcome> {
    const object = this.#parts.cache.get(undefined, name);
    const known = this.#parts.pools.find(name);
    if (object === undefined) {
      this.#parts.observe(name, undefined);
      this.#parts.book.forget(name);
      return { kind: 'settled' };
    }
    const parsed = parsePortPool(object);
    if (!parsed.ok || known === undefined) {
      return { kind: 'stuck', cause: new Error(`${name}: ${parsed.ok ? 'not understood' : parsed.error.join('; ')}`) };
    }
    const held = this.#parts.ledger.held.of(name);
    if (object.metadata.deletionTimestamp !== undefined && held === 0) {
      await this.#operator.finalize(object, finalizers.inUse, () => Promise.resolve(), signal);
      return { kind: 'settled' };
    }
    const kept = await this.#operator.ensureFinalizer(object, finalizers.inUse, signal);
    const usage = await this.#parts.book.of(known, signal);
    this.#parts.observe(name, usage);
    const unadvertised = this.#parts.unadvertised(known);
    const advertised = this.#parts.advertised(known);
    const ignoredNodes = this.#parts.ignoredNodesOf(name);
    const now = secondTime(this.#parts.clock.now());
    const decision = decide({ object: parsed.value, known, usage, held, unadvertised, advertised, ignoredNodes, now });
    if (decision.changed) await this.#writeStatus(kept, decision.status, parsed.value, signal);
    const cooledMs = this.#parts.ledger.nextExpiry * 1000 - this.#parts.clock.now();
    return usage.cooling > 0 && Number.isFinite(cooledMs)
      ? { kind: 'again', afterMs: Math.max(0, cooledMs) }
      : { kind: 'settled' };
  }

  async #writeStatus(
    kept: PortPool,
    status: PortPoolStatus,
    { metadata }: PortPool,
    signal: AbortSignal,
  ): Promise<void> {
    const body = { metadata: { resourceVersion: kept.metadata.resourceVersion }, status };
    const change = { type: 'merge', conditional: true, body, subresource: 'status', signal } as const;
    await this.#parts.client.patch(PortPools, { name: metadata.name }, change);
  }
}
