import type { PortAllocation } from '../../api/index.ts';
import type { Allocator, Liveness } from '../../allocation/index.ts';
import { pause } from '../../base/cancellation.ts';
import type { Clock } from '../../base/clock.ts';
import type { Lifetime } from '../../base/lifetime.ts';
import type { Logger } from '../../base/logger.ts';
import { keyOf } from '../../kube/index.ts';
import type { OwnerChain, Pod, ResourceCache } from '../../kube/index.ts';
import { Courtesy, KeyBatch } from '../../runtime/index.ts';
import type { Controller, MakeController } from '../../runtime/index.ts';
import type { LeaderTools } from '../../runtime/index.ts';
import { isServed, portHoldersOf } from '../../workload/index.ts';
import { RecordDeletions } from './deletions.ts';
import { RecordInspector } from './inspector.ts';
import { RecordKeeper } from './keeper.ts';
import type { SeenPods } from './users.ts';
import type { RecordWriter } from './writer.ts';

/** What records need from the other parts of a manager. */
export interface RecordsParts extends LeaderTools {
  readonly clock: Clock;
  readonly log: Logger;
  readonly pods: ResourceCache<Pod>;
  readonly allocations: ResourceCache<PortAllocation>;
  readonly allocator: Allocator;
  readonly writer: RecordWriter;
  readonly liveness: Liveness;
  readonly owners: OwnerChain;
  readonly makeController: MakeController;
}

/** The index of pods that share numbers, by namespace. */
const SHARING = 'sharing';

/** Adds the index of pods that share numbers to the cache; to be called once, before the cache is started. */
export function indexSharing(pods: ResourceCache<Pod>): void {
  pods.index(SHARING, (pod) => ((portHoldersOf(pod)?.shared.length ?? 0) > 0 ? [pod.metadata.namespace ?? ''] : []));
}

/**
 * How many records are written at once when no pods are created: fewer than the callers of a burst, and enough to
 * finish soon after it.
 */
const AT_ONCE = 16;
/** Records wait for the end of a burst, since a pod that is gone again by then needs none; but they don't wait for ever. */
const BURST = { lullMs: 2_000, atMostMs: 10_000 };
/** When a deleted record is checked again, in milliseconds: it is written anew, unless its pods are gone. */
const DELETION_AGAIN_MS = 5_000;
/** When a record that contradicts the ledger is checked again, in milliseconds: one of the two may be seen late. */
const SECOND_LOOK_MS = 5_000;
/**
 * The time between two rounds over all records, in milliseconds, for changes without an event: a removed owner
 * reference, a lost port.
 */
const ROUND_MS = 60_000;
/** How many records are corrected in one round: an earlier version may have written 150,000, and nothing waits for them. */
const MOST_IN_A_ROUND = 2_000;

/** Starts the controllers of records, which only a leader runs. */
export function startRecords(term: Lifetime, parts: RecordsParts): void {
  const { clock, pods, makeController } = parts;
  const keeper = new RecordKeeper(parts);
  const courtesy = new Courtesy(clock, { calmAfterMs: BURST.lullMs, atOnce: AT_ONCE });
  const records = makeController('record', AT_ONCE, (key, signal) =>
    courtesy.run(() => keeper.reconcile(key, signal), signal),
  );
  const unrecorded = term.own(new KeyBatch(clock, BURST, (keys) => keys.forEach((key) => records.enqueue(key))));
  term.own(
    pods.subscribe((change) => {
      // The record of a deleted pod is collected.
      if (change.type === 'deleted' || !isServed(change.object)) return;
      if (change.previous === undefined) courtesy.busy();
      if (!keeper.isRecorded(change.object)) unrecorded.add(keyOf(change.object));
    }),
  );
  records.start(term);
  const found: FoundParts = { ...parts, sharing: (namespace) => pods.byIndex(SHARING, namespace) };
  followDeletions(term, found, records);
  inspect(term, found, records);
}

/** The parts, with the index of pods that share numbers. */
type FoundParts = RecordsParts & Pick<SeenPods, 'sharing'>;

function followDeletions(term: Lifetime, parts: FoundParts, records: Controller): void {
  const deletions = new RecordDeletions(parts);
  const deleted = new Map<string, PortAllocation>();
  const controller = parts.makeController('recorddeletion', 1, async (key, signal) => {
    const record = deleted.get(key);
    if (record === undefined) return { kind: 'settled' };
    const { users, isOver } = await deletions.after(record, signal);
    for (const pod of users) records.enqueue(pod);
    if (!isOver) return { kind: 'again', afterMs: DELETION_AGAIN_MS };
    deleted.delete(key);
    return { kind: 'settled' };
  });
  term.own(
    parts.allocations.subscribe(({ type, object }) => {
      if (type !== 'deleted' || object.spec.recordOf === undefined || parts.writer.tookAway(object)) return;
      deleted.set(keyOf(object), object);
      controller.enqueue(keyOf(object));
    }),
  );
  controller.start(term);
}

function inspect(term: Lifetime, parts: FoundParts, records: Controller): void {
  const { clock, log, allocations, makeController } = parts;
  const inspector = new RecordInspector(parts);
  const controller = makeController('recordinspection', 1, async (key, signal) => {
    for (const pod of await inspector.lookAgain(key, signal)) records.enqueue(pod);
    return { kind: 'settled' };
  });
  let isFirst = true;
  term.own(
    allocations.subscribe(({ type, object }) => {
      // Existing records are handled in the first round.
      if (isFirst || type === 'deleted' || !inspector.isDoubtful(object)) return;
      controller.enqueueAfter(keyOf(object), SECOND_LOOK_MS);
    }),
  );
  isFirst = false;
  controller.start(term);
  const rounds = async (signal: AbortSignal): Promise<never> => {
    for (;;) {
      for (const key of await inspector.doubtful(MOST_IN_A_ROUND)) controller.enqueueAfter(key, SECOND_LOOK_MS);
      await pause(clock, ROUND_MS, signal);
    }
  };
  term.run(rounds, (error) => log.error('looking through the records broke', { error }));
}
