/** One condition in an object's status, by the Kubernetes API conventions. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** One word in CamelCase, for programs. */
  readonly reason: string;
  readonly message: string;
  /** When `status` last changed, as `metav1.Time`. */
  readonly lastTransitionTime: string;
  /** The generation of the spec that the condition is about. */
  readonly observedGeneration?: number;
}

/** A new observation: a condition without `lastTransitionTime`, before it is merged into the earlier conditions. */
export type Finding = Omit<Condition, 'lastTransitionTime'>;

/**
 * Merges `finding` into `conditions`: it replaces the condition of its type, or is appended. `lastTransitionTime`
 * changes only when the status changes. Returns the same array when nothing changes, so that the caller knows that
 * there is nothing to write.
 * @param now `metav1.Time`, see `secondTime`
 */
export function setCondition(conditions: readonly Condition[], finding: Finding, now: string): readonly Condition[] {
  const held = findCondition(conditions, finding.type);
  const lastTransitionTime = held?.status === finding.status ? held.lastTransitionTime : now;
  const next: Condition = { ...finding, lastTransitionTime };
  if (!held) return [...conditions, next];
  return isSame(held, next) ? conditions : conditions.map((one) => (one === held ? next : one));
}

/** `conditions` without the condition of `type`. Returns the same array when there is none. */
export function dropCondition(conditions: readonly Condition[], type: string): readonly Condition[] {
  return findCondition(conditions, type) ? conditions.filter((one) => one.type !== type) : conditions;
}

/** The condition of `type`, or undefined. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((one) => one.type === type);
}

/** Whether there is a condition of `type` and its status is `True`. */
export function isConditionTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

function isSame(a: Condition, b: Condition): boolean {
  return (
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration
  );
}
