import { conditionTypes, eventReasons, summarize } from '../../api/index.ts';
import type { PortAllocation, PortAllocationStatus } from '../../api/index.ts';
import { givenOf } from '../../allocation/index.ts';
import type { Allocation } from '../../allocation/index.ts';
import type { Result } from '../../base/result.ts';
import type { Refusal } from '../../core/index.ts';
import { dropCondition, findCondition, setCondition } from '../../kube/index.ts';
import type { EventNote, Finding, Reason } from '../../kube/index.ts';

/** The facts about an allocation: the object, the allocator's answer, and the findings of a sweep. */
export interface Situation {
  readonly object: PortAllocation;
  readonly answer: Result<Allocation, Refusal>;
  /** The dispute about its numbers, in a sentence. */
  readonly dispute: string | undefined;
  /** As `metav1.Time`. */
  readonly now: string;
}

const ALLOCATED = 'Allocated';

/** What is to be done: the status to write, if it differs, and the Events to record. */
export interface Decision {
  readonly status: PortAllocationStatus;
  readonly changed: boolean;
  readonly notes: readonly EventNote[];
}

/** Decides about an allocation's status after an answer. A refused edit leaves the present numbers. */
export function decide(situation: Situation): Decision {
  const { object, answer } = situation;
  const before = object.status ?? {};
  const conditions = judge(situation);
  const given = answer.ok ? givenStatus(object, answer.value) : {};
  const status: PortAllocationStatus = {
    ...before,
    ...given,
    allocated: answer.ok ? 'True' : 'False',
    reason: answer.ok ? ALLOCATED : answer.error.reason,
    observedGeneration: object.metadata.generation,
    conditions: [...conditions],
  };
  const changed = JSON.stringify(status) !== JSON.stringify(before);
  return { status, changed, notes: changed ? notesOf(situation, status) : [] };
}

function givenStatus(object: PortAllocation, { poolName, ports }: Allocation): PortAllocationStatus {
  const given = ports.map(givenOf);
  const { apiVersion, kind, metadata } = object;
  const { namespace, name, uid } = metadata;
  const holder = { apiVersion, kind, namespace, name, uid };
  return { poolName, ports: given, summary: summarize(given), holder };
}

function judge({ object, answer, dispute, now }: Situation): NonNullable<PortAllocationStatus['conditions']> {
  const observedGeneration = object.metadata.generation;
  const allocated: Finding = answer.ok
    ? {
        type: conditionTypes.allocated,
        status: 'True',
        reason: ALLOCATED,
        message: 'all ports have their numbers',
        observedGeneration,
      }
    : { type: conditionTypes.allocated, status: 'False', ...answer.error, observedGeneration };
  const judged = setCondition(object.status?.conditions ?? [], allocated, now);
  const disputed: Finding = {
    type: conditionTypes.disputed,
    status: 'True',
    reason: 'Disputed',
    message: dispute ?? '',
    observedGeneration,
  };
  const all =
    dispute === undefined ? dropCondition(judged, conditionTypes.disputed) : setCondition(judged, disputed, now);
  return [...all];
}

function notesOf({ object, answer, dispute }: Situation, status: PortAllocationStatus): readonly EventNote[] {
  const before = object.status?.conditions;
  const notes: EventNote[] = [];
  if (!answer.ok && !says(before, conditionTypes.allocated, answer.error)) {
    notes.push({ type: 'Warning', ...answer.error });
  }
  if (answer.ok && status.summary !== object.status?.summary) {
    const message = `from pool "${answer.value.poolName}": ${status.summary ?? ''}`;
    notes.push({ type: 'Normal', reason: eventReasons.allocated, message });
  }
  const disputed = { reason: eventReasons.disputed, message: dispute ?? '' };
  if (dispute !== undefined && !says(before, conditionTypes.disputed, disputed)) {
    notes.push({ type: 'Warning', ...disputed });
  }
  return notes;
}

/** Whether the condition of `type` said the same before. */
function says(conditions: PortAllocationStatus['conditions'], type: string, { reason, message }: Reason): boolean {
  const before = findCondition(conditions, type);
  return before?.reason === reason && before.message === message;
}
