import { parseRoleInstanceSet } from '../api/index.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import { setFaults, setWarnings } from '../workload/role/index.ts';
import type { RoleInstanceSetReview } from './role-instance-set-review.ts';

/**
 * Decides on a set that is being created or changed, by its text alone: returns everything that is wrong with it, or
 * warnings for its user.
 */
export function admitRoleInstanceSet({
  object,
  oldObject,
}: Pick<RoleInstanceSetReview, 'object' | 'oldObject'>): Result<readonly string[], Refusal> {
  const set = parseRoleInstanceSet(stored(object));
  if (!set.ok) return refused(set.error);
  // The old object may have been accepted by an earlier version with looser rules: then there is nothing to compare
  // with.
  const before = parseRoleInstanceSet(oldObject);
  const faults = setFaults(set.value, before.ok ? before.value : undefined);
  return faults.length > 0 ? refused(faults) : ok(setWarnings(set.value));
}

function refused(faults: readonly string[]): Result<never, Refusal> {
  return err(refuse.invalid(faults.join('; ')));
}

/** Metadata that the API server fills in: while a set is being created, some of it is missing. */
const FILLED_IN = { name: '', uid: '', resourceVersion: '', generation: 1, creationTimestamp: '' };

/** `object` as it will be stored. */
function stored(object: unknown): unknown {
  const { metadata, ...rest } = object as { readonly metadata?: object };
  return { ...rest, metadata: { ...FILLED_IN, ...metadata } };
}
