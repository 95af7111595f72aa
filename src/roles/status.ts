import { conditionTypes } from '../api/index.ts';
import type { RoleInstance, RoleInstanceSet, RoleInstanceSetStatus, RoleInstanceStatus } from '../api/index.ts';
import { dropCondition, findCondition, referenceTo, setCondition } from '../kube/index.ts';
import type { Condition, EventNote, EventRecorder, Finding, Reason } from '../kube/index.ts';
import { canonicalJson } from './revision.ts';

type Role = RoleInstance | RoleInstanceSet;
type RoleStatus = RoleInstanceStatus | RoleInstanceSetStatus;
type Conditions = NonNullable<RoleStatus['conditions']>;

/** The state of a condition, without its type. */
export type ConditionState = Pick<Finding, 'status' | 'reason' | 'message'>;

/** The states of the conditions of a set or an instance. */
interface RoleFindings {
  readonly allocated: ConditionState;
  readonly ready: ConditionState;
  readonly progressing: ConditionState;
  /** Why all pods are being replaced, or will be. Without a reason there is no condition `Restarting`. */
  readonly restarting: Reason | undefined;
}

/** `Allocated` where no number is missing. */
export const ALL_ALLOCATED: ConditionState = {
  status: 'True',
  reason: 'Allocated',
  message: 'all ports have their numbers',
};

/** Reasons of false conditions that announce nothing: numbers are on their way, and everything is done. */
const USUAL = { [conditionTypes.allocated]: 'Pending', [conditionTypes.progressing]: 'Complete' };

/** The conditions of `object` with `findings`. @param now as `metav1.Time` */
export function conditionsOf({ metadata, status }: Role, findings: RoleFindings, now: string): Conditions {
  const { allocated, ready, progressing, restarting } = findings;
  const typed: (ConditionState & Pick<Finding, 'type'>)[] = [
    { type: conditionTypes.allocated, ...allocated },
    { type: conditionTypes.ready, ...ready },
    { type: conditionTypes.progressing, ...progressing },
    ...(restarting === undefined ? [] : [{ type: conditionTypes.restarting, status: 'True' as const, ...restarting }]),
  ];
  const before: readonly Condition[] = status?.conditions ?? [];
  const conditions = typed.reduce(
    (all, each) => setCondition(all, { ...each, observedGeneration: metadata.generation }, now),
    restarting === undefined ? dropCondition(before, conditionTypes.restarting) : before,
  );
  return [...conditions] as Conditions;
}

/**
 * Writes `status` if it differs from the status of `object`, with an Event about a new reason why the object lacks ports or
 * can't proceed.
 */
export async function reportStatus<T extends Role>(
  { writer, events }: { readonly writer: StatusWriter<T>; readonly events: EventRecorder },
  object: T,
  status: RoleStatus,
  signal: AbortSignal,
): Promise<void> {
  if (canonicalJson(status) === canonicalJson(object.status)) return;
  await writer.writeStatus(object, status, signal);
  const [before, after] = [object.status?.conditions, status.conditions];
  const note =
    newReason(before, after, conditionTypes.allocated) ?? newReason(before, after, conditionTypes.progressing);
  if (note !== undefined) events.record(referenceTo(object), note);
}

/** Writes the status of sets, or of instances. */
interface StatusWriter<T> {
  writeStatus(object: T, status: object, signal: AbortSignal): Promise<unknown>;
}

/** The Event about a condition of `type` that is false for an unusual reason that it didn't have before; else undefined. */
function newReason(
  before: readonly Condition[] | undefined,
  after: readonly Condition[] | undefined,
  type: keyof typeof USUAL,
): EventNote | undefined {
  const condition = findCondition(after, type);
  if (condition?.status !== 'False' || condition.reason === USUAL[type]) return undefined;
  const { reason, message } = condition;
  const former = findCondition(before, type);
  return former?.reason === reason && former.message === message ? undefined : { type: 'Warning', reason, message };
}

/** The first three of `names`, for a message. */
export function firstThree(names: readonly string[]): string {
  return names.slice(0, 3).join(', ');
}
