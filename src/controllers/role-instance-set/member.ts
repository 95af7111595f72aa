/** The facts about an instance of a set that the decisions need. */
export interface Member {
  readonly name: string;
  readonly uid: string;
  /** The ordinal of the instance in a stateful set; undefined in a stateless one. */
  readonly ordinal: number | undefined;
  /** When the instance was created, as `metav1.Time`. */
  readonly created: string;
  /** The revision of the set's template that the instance has; empty while it is halfway to another. */
  readonly revision: string;
  readonly isTerminating: boolean;
  /** Whether every pod of the current spec exists and is ready. */
  readonly isReady: boolean;
  /** Whether the instance has been ready for the set's `minReadySeconds`. */
  readonly isAvailable: boolean;
}

/** Sorts the instances of a set by place: by ordinal, or in a stateless set from the oldest to the youngest. */
export function byPlace(left: Member, right: Member): number {
  return (
    (left.ordinal ?? 0) - (right.ordinal ?? 0) ||
    left.created.localeCompare(right.created) ||
    left.name.localeCompare(right.name)
  );
}
