import type { Faults } from '../api/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Result } from '../base/result.ts';
import { isApiError } from '../kube/index.ts';
import type { ClusterClient, EventRecorder } from '../kube/index.ts';
import type { RoleIndex } from './caches.ts';
import type { FormerAllocations } from './former-allocations.ts';
import type { Holdings } from './holdings.ts';

/** The parts that the reconcilers of sets and of instances both work with. */
export interface RoleReconcilerParts {
  readonly client: ClusterClient;
  readonly index: RoleIndex;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  readonly holdings: Holdings;
  readonly former: FormerAllocations;
  /** Has the object of this key reconciled again. */
  readonly enqueue: (key: string) => void;
}

/** How often an object that lacks a number is reconciled even if nothing wakes it, in milliseconds. */
export const LACKING_AGAIN_MS = 60_000;
/** The time between two tries while the ledger can't be written, in milliseconds. */
export const TRY_AGAIN_MS = 2_000;
/** How soon to check again whether the pods of a deleted object have ended, in milliseconds. */
export const LOOK_FOR_PODS_MS = 2_000;
/** How soon to reconcile again when an object was gone that the cache still shows, in milliseconds. */
const GONE_AGAIN_MS = 1_000;

/** How a reconcile ends whose object, or its namespace, was deleted meanwhile. */
type Gone = { readonly kind: 'settled' } | { readonly kind: 'again'; readonly afterMs: number };

/** Runs `look` on an object that may be deleted at any moment: its deletion ends the reconcile, and is no failure. */
export async function unlessGone<T>(look: () => Promise<T>): Promise<T | Gone> {
  try {
    return await look();
  } catch (error) {
    // Everything in a namespace that is being deleted is deleted with it.
    if (isApiError(error, 'namespaceTerminating')) return { kind: 'settled' };
    // The object was deleted meanwhile; the cache will show it.
    if (isApiError(error, 'notFound')) return { kind: 'again', afterMs: GONE_AGAIN_MS };
    throw error;
  }
}

/**
 * A function that gives the faults that `parse` finds in an object, none if it is valid. It parses each spec once, because
 * objects are reconciled far more often than they change.
 */
export function faultsBy<T extends { readonly spec: object }>(
  parse: (object: T) => Result<unknown, Faults>,
): (object: T) => Faults {
  const judged = new WeakMap<T['spec'], Faults>();
  return (object) => {
    const known = judged.get(object.spec);
    if (known !== undefined) return known;
    const parsed = parse(object);
    const faults = parsed.ok ? [] : parsed.error;
    judged.set(object.spec, faults);
    return faults;
  };
}
