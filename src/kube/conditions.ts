/** What an object says about one aspect of itself, by the Kubernetes API conventions. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** One word in CamelCase, for machines. */
  readonly reason: string;
  readonly message: string;
  /** When `status` last changed, as `metav1.Time`. */
  readonly lastTransitionTime: string;
  /** The generation of the spec that was judged. */
  readonly observedGeneration?: number;
}

/** A condition as somebody finds it, before it is compared with what was said before. */
export type Finding = Omit<Condition, 'lastTransitionTime'>;

/**
 * The conditions with `finding` in the place of its type, at the end if it is new. `lastTransitionTime` moves only when the
 * status changes. Gives back the same array when nothing changes, so that a caller can tell that there is nothing to write.
 * @param now `metav1.Time`, see `secondTime`
 */
export function setCondition(conditions: readonly Condition[], finding: Finding, now: string): readonly Condition[] {
  const held = findCondition(conditions, finding.type);
  const lastTransitionTime = held?.status === finding.status ? held.lastTransitionTime : now;
  const next: Condition = { ...finding, lastTransitionTime };
  if (!held) return [...conditions, next];
  return isSame(held, next) ? conditions : conditions.map((one) => (one === held ? next : one));
}

/** The conditions without the one of `type`; the same array when there is none. */
export function dropCondition(conditions: readonly Condition[], type: string): readonly Condition[] {
  return findCondition(conditions, type) ? conditions.filter((one) => one.type !== type) : conditions;
}

/** The condition of `type`, if anything was said about it. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((one) => one.type === type);
}

/** Whether the condition of `type` is there and `True`. */
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
