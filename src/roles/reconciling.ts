import type { Faults } from '../api/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Result } from '../base/result.ts';
import { isApiError } from '../kube/index.ts';
import type { ClusterClient, EventRecorder } from '../kube/index.ts';
import type { RoleIndex } from './caches.ts';
import type { FormerAllocations } from './former-allocations.ts';
import type { Holdings } from './holdings.ts';

/** What the reconcilers of sets and of instances are made of. */
export interface RoleReconcilerParts {
  readonly client: ClusterClient;
  readonly index: RoleIndex;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  readonly holdings: Holdings;
  readonly former: FormerAllocations;
  /** Has the object of this key looked at again. */
  readonly enqueue: (key: string) => void;
}

/** Whoever lacks a number is looked at again this often, in milliseconds, even if nothing woke it. */
export const LACKING_AGAIN_MS = 60_000;
/** Between two tries while the ledger can't be written, in milliseconds. */
export const TRY_AGAIN_MS = 2_000;
/** How soon it is looked again whether the pods of what is gone have ended, in milliseconds. */
export const LOOK_FOR_PODS_MS = 2_000;
/** When something was gone that the cache still shows, in milliseconds. */
const GONE_AGAIN_MS = 1_000;

/** What a look ended in, when what was looked at went meanwhile. */
export type Vanished = { readonly kind: 'settled' } | { readonly kind: 'again'; readonly afterMs: number };

/** Looks at an object that may go at any moment: that is an ordinary end, not a failure. */
export async function whileItLasts<T>(look: () => Promise<T>): Promise<T | Vanished> {
  try {
    return await look();
  } catch (error) {
    // Whatever is made in a namespace that ends, it ends with it.
    if (isApiError(error, 'namespaceTerminating')) return { kind: 'settled' };
    // It went while it was being looked at, and the cache will tell.
    if (isApiError(error, 'notFound')) return { kind: 'again', afterMs: GONE_AGAIN_MS };
    throw error;
  }
}

/** Judges objects by `parse`, each spec once: they are looked at far more often than they change. */
export function judge<T extends { readonly spec: object }>(
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
