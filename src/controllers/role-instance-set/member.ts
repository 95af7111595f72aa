/** What the decisions need to know of an instance of a set. */
export interface Member {
  readonly name: string;
  readonly uid: string;
  /** Its place in a stateful set; undefined in a stateless one. */
  readonly ordinal: number | undefined;
  /** As `metav1.Time`. */
  readonly created: string;
  /** Which revision of the set's template it has. */
  readonly revision: string;
  readonly isTerminating: boolean;
  /** Every pod of what it is now is there and ready. */
  readonly isReady: boolean;
  /** It was ready for as long as the set wants it to be. */
  readonly isAvailable: boolean;
}

/** In the order in which instances of a set are counted: by ordinal, or from the oldest on. */
export function byPlace(left: Member, right: Member): number {
  return (
    (left.ordinal ?? 0) - (right.ordinal ?? 0) ||
    left.created.localeCompare(right.created) ||
    left.name.localeCompare(right.name)
  );
}
