import { eventReasons } from '../../api/index.ts';
import type { PortAllocation } from '../../api/index.ts';
import { ordinalIn, podHolder, subjectOfRecord } from '../../allocation/index.ts';
import type { Allocator, Liveness } from '../../allocation/index.ts';
import { holderKind } from '../../core/index.ts';
import { keyOf } from '../../kube/index.ts';
import type { EventRecorder, Pod, ResourceCache } from '../../kube/index.ts';
import { usersOf } from './users.ts';
import type { SeenPods } from './users.ts';
import type { RecordWriter } from './writer.ts';

/** What is needed to handle deletions of records. */
export interface RecordDeletionsParts extends SeenPods {
  readonly allocations: ResourceCache<PortAllocation>;
  readonly allocator: Allocator;
  readonly liveness: Liveness;
  readonly events: EventRecorder;
  readonly writer: RecordWriter;
}

/** What follows from the deletion of a record. */
export interface AfterDeletion {
  /** The keys of the pods whose records have to be written again. */
  readonly users: readonly string[];
  /**
   * If false, the deletion has to be checked again: the pod of its ordinal may be deleted before the record is written
   * again, and nothing else would release the numbers.
   */
  readonly isOver: boolean;
}

const OVER: AfterDeletion = { users: [], isOver: true };

/**
 * Handles the deletion of a record by a user. While its pods live, it is written again, which an Event reports. If the
 * record belongs to an ordinal without a pod, the ordinal's numbers are released, in two steps, because the pod may be
 * created again at any moment.
 */
export class RecordDeletions {
  readonly #parts: RecordDeletionsParts;

  constructor(parts: RecordDeletionsParts) {
    this.#parts = parts;
  }

  async after(record: PortAllocation, signal: AbortSignal): Promise<AfterDeletion> {
    const { writer, allocations, allocator, liveness } = this.#parts;
    const subject = subjectOfRecord(record);
    if (subject === undefined || writer.heldBy(subject).length === 0) return OVER;
    const { holder } = subject;
    const { namespace } = holder;
    if (allocations.get(namespace, record.metadata.name) !== undefined) return OVER;
    // The record was collected with its object, and would be again as often as it is written while pods outlive the
    // object.
    if (holderKind(holder) !== 'Pod' && (await liveness.isGone(holder, signal))) return OVER;
    const ordinal = ordinalIn(holder);
    const users = usersOf(this.#parts, holder);
    if (users.length === 0) {
      if (ordinal === undefined) return OVER;
      const isGone = await this.#isPodGone(namespace, `${ordinal.set}-${ordinal.ordinal}`, signal);
      if (isGone) await allocator.doubtAll(holder, signal);
      return { users: [], isOver: isGone };
    }
    for (const pod of users.slice(0, 1)) this.#reportStillHeld(pod, record.metadata.name);
    return { users: users.map(keyOf), isOver: ordinal === undefined };
  }

  #reportStillHeld({ metadata }: Pod, record: string): void {
    const { namespace = '', name, uid } = metadata;
    const about = { apiVersion: 'v1', kind: 'Pod', namespace, name, uid };
    this.#parts.events.record(about, {
      type: 'Warning',
      reason: eventReasons.stillHeld,
      message: `record "${record}" was deleted; the numbers are held while the pod uses them, and the record is written again`,
    });
  }

  async #isPodGone(namespace: string, name: string, signal: AbortSignal): Promise<boolean> {
    // Any pod with the name may use the numbers, so no UID is given.
    return this.#parts.liveness.isNameFree(podHolder({ namespace, name, uid: '' }), signal);
  }
}
