import { eventReasons } from '../../api/index.ts';
import type { PortAllocation } from '../../api/index.ts';
import { ordinalIn, subjectOfRecord } from '../../allocation/index.ts';
import type { RecordSubject } from '../../allocation/index.ts';
import { Breath } from '../../base/breath.ts';
import { holderKind, printHolder } from '../../core/index.ts';
import { keyOf, parseKey, referenceTo } from '../../kube/index.ts';
import type { EventRecorder, ResourceCache } from '../../kube/index.ts';
import { usersOf } from './users.ts';
import type { SeenPods } from './users.ts';
import { isCollected, judge } from './verdict.ts';
import type { Verdict } from './verdict.ts';
import type { RecordWriter } from './writer.ts';

/** What the inspector needs. */
export interface RecordInspectorParts extends SeenPods {
  readonly allocations: ResourceCache<PortAllocation>;
  readonly events: EventRecorder;
  readonly writer: RecordWriter;
}

/**
 * Checks records, whoever wrote them: forged ones, outdated ones, and those of an earlier version. A record that
 * contradicts the ledger is written anew, or deleted.
 */
export class RecordInspector {
  readonly #parts: RecordInspectorParts;

  constructor(parts: RecordInspectorParts) {
    this.#parts = parts;
  }

  /** Whether `record` contradicts the ledger. A change may just be on its way, so this calls for a second look. */
  isDoubtful(record: PortAllocation): boolean {
    return this.#doubt(record) !== undefined;
  }

  /** The keys of at most `most` doubtful records. Yields to other work between two of them: there may be 150,000. */
  async doubtful(most: number): Promise<readonly string[]> {
    const breath = new Breath();
    const found: string[] = [];
    for (const record of this.#parts.allocations.list()) {
      if (found.length === most) break;
      await breath.take();
      if (this.isDoubtful(record)) found.push(keyOf(record));
    }
    return found;
  }

  /**
   * Corrects or deletes the record `key`.
   * @returns the pods whose records should be checked, because a deleted record may have been in the place of theirs
   */
  async lookAgain(key: string, signal: AbortSignal): Promise<readonly string[]> {
    const { allocations, writer } = this.#parts;
    const { namespace, name } = parseKey(key);
    const record = allocations.get(namespace, name);
    const doubt = record && this.#doubt(record);
    if (record === undefined || doubt === undefined) return [];
    const { subject, verdict } = doubt;
    if (verdict === 'outdated') {
      await writer.keep(subject, signal);
      return [];
    }
    await writer.remove(record, signal);
    this.#reportNotHeld(record, subject);
    return usersOf(this.#parts, subject.holder).map(keyOf);
  }

  #doubt(record: PortAllocation): { readonly subject: RecordSubject; readonly verdict: Verdict } | undefined {
    const { writer } = this.#parts;
    const subject = subjectOfRecord(record);
    if (subject === undefined || record.metadata.deletionTimestamp !== undefined) return undefined;
    const { holder } = subject;
    // The holder's numbers are just being reserved or released.
    if (writer.claimsUnder(subject).some(({ state }) => state === 'reserved')) return undefined;
    const verdict = judge(record, subject, writer.draftFor(subject));
    if (verdict === 'true') return undefined;
    // The record of a deleted pod is collected. If many pods were deleted that takes a while, and needs no write of the
    // manager.
    const goesByItself = verdict === 'baseless' && holderKind(holder) === 'Pod' && isCollected(record);
    // The next leader would take its deletion for a user's wish to release the numbers of an ordinal without a pod.
    const isWish = verdict === 'outdated' && ordinalIn(holder) !== undefined;
    if ((goesByItself || isWish) && usersOf(this.#parts, holder).length === 0) return undefined;
    return { subject, verdict };
  }

  #reportNotHeld(record: PortAllocation, { holder }: RecordSubject): void {
    this.#parts.events.record(referenceTo(record), {
      type: 'Warning',
      reason: eventReasons.notHeld,
      message: `${printHolder(holder)} doesn't hold what this record says: it was taken away; Hostport writes records by itself`,
    });
  }
}
