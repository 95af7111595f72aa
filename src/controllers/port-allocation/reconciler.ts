import { eventReasons, finalizers, parsePortAllocation, PortAllocations } from '../../api/index.ts';
import type { PortAllocation } from '../../api/index.ts';
import { askOf, domainOf, holderOf } from '../../allocation/index.ts';
import type { Allocator, Disputes, Lending, PendingRequests } from '../../allocation/index.ts';
import type { Clock } from '../../base/clock.ts';
import { mayLend } from '../../core/index.ts';
import type { Changes, Refusal } from '../../core/index.ts';
import { FinalizerOperator, formatKey, parseKey, referenceTo, secondTime } from '../../kube/index.ts';
import type { ClusterClient, EventRecorder, ResourceCache } from '../../kube/index.ts';
import type { Logger } from '../../base/logger.ts';
import type { Outcome } from '../../runtime/index.ts';
import { decide } from './decide.ts';

/**
 * How often a refused allocation, or one that waits for the end of a pod, is reconciled, in milliseconds, even if
 * nothing wakes it.
 */
const LOOK_AGAIN_MS = 60_000;

/** The time between two attempts while the ledger can't be written, in milliseconds. */
const TRY_AGAIN_MS = 2_000;

/** What the reconciler needs. */
export interface ReconcilerParts {
  readonly client: ClusterClient;
  readonly allocations: ResourceCache<PortAllocation>;
  readonly allocator: Allocator;
  readonly waiting: PendingRequests;
  readonly disputes: Disputes;
  readonly lending: Lending;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  /** Enqueues `key`. */
  readonly enqueue: (key: string) => void;
}

/** Assigns numbers to a PortAllocation, writes them into its status, and releases them before it is deleted. */
export class PortAllocationReconciler {
  readonly #parts: ReconcilerParts;
  readonly #operator: FinalizerOperator<PortAllocation>;
  /** Allocations that are being deleted and wait for the pod that borrows their numbers, by key. */
  readonly #departing = new Map<string, PortAllocation>();

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    this.#operator = new FinalizerOperator(parts.client, PortAllocations, parts.log);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { namespace, name } = parseKey(key);
    const object = this.#parts.allocations.get(namespace, name);
    if (object === undefined) {
      this.#parts.waiting.leave(key);
      this.#departing.delete(key);
      return { kind: 'settled' };
    }
    const parsed = parsePortAllocation(object);
    if (!parsed.ok) return { kind: 'stuck', cause: new Error(`${key}: ${parsed.error.join('; ')}`) };
    if (object.metadata.deletionTimestamp !== undefined) return this.#release(key, object, parsed.value, signal);
    // A record gets no numbers: it shows what others hold.
    if (object.spec.recordOf !== undefined) return { kind: 'settled' };
    return this.#serve(key, object, parsed.value, signal);
  }

  /** To be called with changes of the ledger: enqueues waiting deletions whose pod is gone. */
  lookAtDeparting(changes: Changes): void {
    if (this.#departing.size === 0) return;
    // A borrowed number had the claim of its lender beside the pod's.
    const lenders = [...changes.values()].flat().filter(({ holder }) => mayLend(holder));
    for (const key of new Set(lenders.map(({ holder: { namespace, name } }) => formatKey({ namespace, name })))) {
      const object = this.#departing.get(key);
      if (object === undefined) continue;
      if (this.#parts.lending.borrowerOf(holderOf(object), domainOf(object.spec)) !== undefined) continue;
      this.#departing.delete(key);
      this.#parts.enqueue(key);
    }
  }

  async #serve(key: string, object: PortAllocation, before: PortAllocation, signal: AbortSignal): Promise<Outcome> {
    const kept = await this.#operator.ensureFinalizer(object, finalizers.release, signal);
    const answer = await this.#parts.allocator.reserve(askOf(before), signal);
    const now = secondTime(this.#parts.clock.now());
    const decision = decide({ object: before, answer, dispute: this.#parts.disputes.of(before.metadata.uid), now });
    if (decision.changed) await this.#writeStatus(kept, decision.status, signal);
    for (const note of decision.notes) this.#parts.events.record(referenceTo(before), note);
    if (answer.ok) {
      this.#parts.waiting.leave(key);
      return { kind: 'settled' };
    }
    return this.#wait(key, before, answer.error);
  }

  #wait(key: string, object: PortAllocation, { reason }: Refusal): Outcome {
    // Room isn't missing, so no release will wake it: only a later attempt shows that the ledger can be written again.
    if (reason === 'LedgerUnavailable') return { kind: 'again', afterMs: TRY_AGAIN_MS };
    const since = `${object.metadata.creationTimestamp} ${key}`;
    this.#parts.waiting.wait(key, { ask: askOf(object), reason, since, wake: () => this.#parts.enqueue(key) });
    return { kind: 'again', afterMs: LOOK_AGAIN_MS };
  }

  async #release(key: string, object: PortAllocation, before: PortAllocation, signal: AbortSignal): Promise<Outcome> {
    this.#parts.waiting.leave(key);
    // Pods still use the numbers: whoever added this finalizer removes it when they no longer do.
    if (object.metadata.finalizers?.includes(finalizers.inUse) === true) return { kind: 'settled' };
    // Only for the user's information: without the finalizer the object is deleted at once, and the pod keeps the
    // numbers.
    const user = this.#parts.lending.borrowerOf(holderOf(before), domainOf(before.spec));
    if (user !== undefined) {
      this.#departing.set(key, before);
      const message = `waits for pod "${user}", which uses the numbers: delete it`;
      this.#parts.events.record(referenceTo(before), { type: 'Normal', reason: eventReasons.stillHeld, message });
      return { kind: 'again', afterMs: LOOK_AGAIN_MS };
    }
    this.#departing.delete(key);
    const release = async () => {
      const numbers = await this.#parts.allocator.release(holderOf(before), signal, { wasThere: true });
      if (numbers.length === 0) return;
      const message = `released ${before.status?.summary ?? numbers.join(', ')}`;
      this.#parts.events.record(referenceTo(before), { type: 'Normal', reason: eventReasons.released, message });
    };
    await this.#operator.finalize(object, finalizers.release, release, signal);
    return { kind: 'settled' };
  }

  async #writeStatus(object: PortAllocation, status: object, signal: AbortSignal): Promise<void> {
    const { namespace, name, resourceVersion } = object.metadata;
    const body = { metadata: { resourceVersion }, status };
    await this.#parts.client.patch(
      PortAllocations,
      { namespace, name },
      { type: 'merge', conditional: true, body, subresource: 'status', signal },
    );
  }
}
