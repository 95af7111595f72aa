import { eventReasons, PortAllocations } from '../../api/index.ts';
import type { PortAllocation } from '../../api/index.ts';
import { recordFor, recordName, sayTheSame } from '../../allocation/index.ts';
import type { Allocator, Disputes, RecordSubject } from '../../allocation/index.ts';
import { holderKind } from '../../core/index.ts';
import type { Claim } from '../../core/index.ts';
import { isApiError } from '../../kube/index.ts';
import type { ClusterClient, EventRecorder, ResourceCache } from '../../kube/index.ts';

/** What the writer is made of. */
export interface RecordWriterParts {
  readonly client: ClusterClient;
  readonly allocations: ResourceCache<PortAllocation>;
  readonly allocator: Allocator;
  readonly disputes: Disputes;
  readonly events: EventRecorder;
}

/** Writes records, one write each: nobody edits one, so that one which says something else is deleted and written anew. */
export class RecordWriter {
  readonly #parts: RecordWriterParts;
  /** Those that were deleted here, by UID, until their deletion is seen. */
  readonly #removed = new Set<string>();

  constructor(parts: RecordWriterParts) {
    this.#parts = parts;
  }

  /** What the ledger has, held or reserved, for whoever has the name of `subject`. */
  claimsUnder({ holder, domain }: RecordSubject): readonly Claim[] {
    return this.#parts.allocator.claimsUnder(holder.key, domain);
  }

  /** What is held for `subject` itself. */
  heldBy(subject: RecordSubject): readonly Claim[] {
    const { uid } = subject.holder;
    return this.claimsUnder(subject).filter(({ holder, state }) => holder.uid === uid && state === 'held');
  }

  /** What the record of `subject` has to say now; undefined where nothing is held. */
  draftFor(subject: RecordSubject): ReturnType<typeof recordFor> | undefined {
    const held = this.heldBy(subject);
    return held.length === 0 ? undefined : recordFor(subject, held, this.#disputeOf(subject) !== undefined);
  }

  /** Whether the record of `subject` says what the ledger has for it; there is none where that is nothing. */
  isTrue(subject: RecordSubject): boolean {
    const record = this.#recordOf(subject);
    const draft = this.draftFor(subject);
    if (draft === undefined) return record?.spec.recordOf?.uid !== subject.object.uid;
    // A user's allocation of that name stays what it is.
    return record !== undefined && (record.spec.recordOf === undefined || sayTheSame(record, draft));
  }

  /** Deletes the record of `subject` if it holds nothing. */
  async removeBaseless(subject: RecordSubject, signal: AbortSignal): Promise<void> {
    const record = this.#recordOf(subject);
    if (record?.spec.recordOf?.uid !== subject.object.uid || this.heldBy(subject).length > 0) return;
    await this.remove(record, signal);
  }

  /** Sees to it that there is a record of what `subject` holds, and that it says so; nothing is written where it does. */
  async keep(subject: RecordSubject, signal: AbortSignal): Promise<void> {
    const { client, allocations } = this.#parts;
    const draft = this.draftFor(subject);
    if (draft === undefined) return;
    const { namespace = '', name = '' } = draft.metadata;
    const there = allocations.get(namespace, name);
    // A user's allocation of that name stays what it is; `kubectl get portpools` counts the numbers all the same.
    if (there !== undefined && there.spec.recordOf === undefined) return;
    if (there !== undefined && sayTheSame(there, draft)) return;
    if (there !== undefined) await this.remove(there, signal);
    try {
      allocations.apply(await client.create(PortAllocations, draft, { signal }));
    } catch (error) {
      // In a namespace that is being deleted nothing new is allowed, and its pods go anyway.
      if (isApiError(error, 'alreadyExists', 'forbidden', 'notFound')) return;
      throw error;
    }
    this.#reportDispute(subject);
  }

  /** Deletes `record`, unless it is gone by now or another has its name. */
  async remove({ metadata }: PortAllocation, signal: AbortSignal): Promise<void> {
    const { namespace, name, uid } = metadata;
    this.#removed.add(uid);
    try {
      await this.#parts.client.remove(PortAllocations, { namespace, name }, { preconditions: { uid }, signal });
    } catch (error) {
      // Somebody else deleted it, or hasn't yet.
      this.#removed.delete(uid);
      if (!isApiError(error, 'notFound', 'conflict')) throw error;
    }
  }

  /** To be asked once when the deletion of a record was seen: whether it was deleted here, and so is no wish of a user. */
  tookAway({ metadata }: Pick<PortAllocation, 'metadata'>): boolean {
    return this.#removed.delete(metadata.uid);
  }

  #recordOf({ holder }: RecordSubject): PortAllocation | undefined {
    return this.#parts.allocations.get(holder.namespace, recordName(holder));
  }

  #disputeOf({ holder }: RecordSubject): string | undefined {
    return this.#parts.disputes.of(holder.uid);
  }

  /** Pods are told by the sweep. */
  #reportDispute(subject: RecordSubject): void {
    const message = this.#disputeOf(subject);
    if (message === undefined || holderKind(subject.holder) === 'Pod') return;
    const about = { ...subject.object, namespace: subject.holder.namespace };
    this.#parts.events.record(about, { type: 'Warning', reason: eventReasons.disputed, message });
  }
}
