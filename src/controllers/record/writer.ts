import { eventReasons, PortAllocations } from '../../api/index.ts';
import type { PortAllocation } from '../../api/index.ts';
import { recordFor, recordName, sayTheSame } from '../../allocation/index.ts';
import type { Allocator, Disputes, RecordSubject } from '../../allocation/index.ts';
import { holderKind } from '../../core/index.ts';
import type { Claim } from '../../core/index.ts';
import { isApiError } from '../../kube/index.ts';
import type { ClusterClient, EventRecorder, ResourceCache } from '../../kube/index.ts';

/** What the writer needs. */
export interface RecordWriterParts {
  readonly client: ClusterClient;
  readonly allocations: ResourceCache<PortAllocation>;
  readonly allocator: Allocator;
  readonly disputes: Disputes;
  readonly events: EventRecorder;
}

/** Writes records, each in one write. A record is never edited: one with other content is deleted and written anew. */
export class RecordWriter {
  readonly #parts: RecordWriterParts;
  /** The UIDs of records that were deleted here, until their deletion is seen. */
  readonly #removed = new Set<string>();

  constructor(parts: RecordWriterParts) {
    this.#parts = parts;
  }

  /** The claims in the ledger, held or reserved, for the name of `subject`. */
  claimsUnder({ holder, domain }: RecordSubject): readonly Claim[] {
    return this.#parts.allocator.claimsUnder(holder.key, domain);
  }

  /** The claims that are held for `subject` itself. */
  heldBy(subject: RecordSubject): readonly Claim[] {
    const { uid } = subject.holder;
    return this.claimsUnder(subject).filter(({ holder, state }) => holder.uid === uid && state === 'held');
  }

  /** The record that `subject` should have now; undefined if it holds nothing. */
  draftFor(subject: RecordSubject): ReturnType<typeof recordFor> | undefined {
    const held = this.heldBy(subject);
    return held.length === 0 ? undefined : recordFor(subject, held, this.#disputeOf(subject) !== undefined);
  }

  /** Whether the record of `subject` agrees with the ledger; without claims there should be none. */
  isTrue(subject: RecordSubject): boolean {
    const record = this.#recordOf(subject);
    const draft = this.draftFor(subject);
    if (draft === undefined) return record?.spec.recordOf?.uid !== subject.object.uid;
    // An allocation of a user with that name stays as it is.
    return record !== undefined && (record.spec.recordOf === undefined || sayTheSame(record, draft));
  }

  /** Deletes the record of `subject` if it holds nothing. */
  async removeBaseless(subject: RecordSubject, signal: AbortSignal): Promise<void> {
    const record = this.#recordOf(subject);
    if (record?.spec.recordOf?.uid !== subject.object.uid || this.heldBy(subject).length > 0) return;
    await this.remove(record, signal);
  }

  /** Writes the record of `subject`, unless it exists and is right. */
  async keep(subject: RecordSubject, signal: AbortSignal): Promise<void> {
    const { client, allocations } = this.#parts;
    const draft = this.draftFor(subject);
    if (draft === undefined) return;
    const { namespace = '', name = '' } = draft.metadata;
    const there = allocations.get(namespace, name);
    // An allocation of a user with that name stays as it is; `kubectl get portpools` counts the numbers all the same.
    if (there !== undefined && there.spec.recordOf === undefined) return;
    if (there !== undefined && sayTheSame(there, draft)) return;
    if (there !== undefined) await this.remove(there, signal);
    try {
      allocations.apply(await client.create(PortAllocations, draft, { signal }));
    } catch (error) {
      // In a namespace that is being deleted nothing may be created, and its pods are deleted anyway.
      if (isApiError(error, 'alreadyExists', 'forbidden', 'notFound')) return;
      throw error;
    }
    this.#reportDispute(subject);
  }

  /** Deletes `record`, unless it is gone or another object has its name by now. */
  async remove({ metadata }: PortAllocation, signal: AbortSignal): Promise<void> {
    const { namespace, name, uid } = metadata;
    this.#removed.add(uid);
    try {
      await this.#parts.client.remove(PortAllocations, { namespace, name }, { preconditions: { uid }, signal });
    } catch (error) {
      // Another client deleted it, or it still exists.
      this.#removed.delete(uid);
      if (!isApiError(error, 'notFound', 'conflict')) throw error;
    }
  }

  /**
   * To be called once when the deletion of a record is seen: returns whether it was deleted here, and so isn't a user's
   * wish.
   */
  tookAway({ metadata }: Pick<PortAllocation, 'metadata'>): boolean {
    return this.#removed.delete(metadata.uid);
  }

  #recordOf({ holder }: RecordSubject): PortAllocation | undefined {
    return this.#parts.allocations.get(holder.namespace, recordName(holder));
  }

  #disputeOf({ holder }: RecordSubject): string | undefined {
    return this.#parts.disputes.of(holder.uid);
  }

  /** The sweep reports disputes of pods. */
  #reportDispute(subject: RecordSubject): void {
    const message = this.#disputeOf(subject);
    if (message === undefined || holderKind(subject.holder) === 'Pod') return;
    const about = { ...subject.object, namespace: subject.holder.namespace };
    this.#parts.events.record(about, { type: 'Warning', reason: eventReasons.disputed, message });
  }
}
