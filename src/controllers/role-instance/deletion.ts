import { finalizers } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import { isCancellation } from '../../base/cancellation.ts';
import { FencedError } from '../../base/fence.ts';
import { isApiError } from '../../kube/index.ts';
import type { Pod } from '../../kube/index.ts';
import { LOOK_FOR_PODS_MS, roleNameOf, runningPods } from '../../roles/index.ts';
import type { RoleReconcilerParts } from '../../roles/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { controllerOf, mayUsePorts } from '../../workload/index.ts';
import type { PodWriter } from './writer.ts';

/** How long a release that fails may delay a deletion, in milliseconds: the sweep releases what is left. */
const LONGEST_DELAY_MS = 45_000;
/** The garbage collector's finalizer in a deletion that leaves the pods: it is there until they have no owner any more. */
const ORPHAN = 'orphan';

/** The parts that {@link InstanceDeletion} works with. */
interface DeletionParts extends Pick<
  RoleReconcilerParts,
  'client' | 'index' | 'clock' | 'log' | 'holdings' | 'former'
> {
  readonly writer: PodWriter;
}

/**
 * Releases the numbers of instances that are deleted, when no pod is left that may use them. Pods that the instance controls
 * are deleted first. Pods without an owner (`--cascade=orphan`) keep the numbers, also when the instance is gone.
 */
export class InstanceDeletion {
  readonly #parts: DeletionParts;
  /** Since when the release of an instance fails, by its UID, in milliseconds of the monotonic clock. */
  readonly #failing = new Map<string, number>();

  constructor(parts: DeletionParts) {
    this.#parts = parts;
  }

  /** Takes the next step with an instance that is being deleted: ends its pods, releases, removes the finalizer. */
  async advance(instance: RoleInstance, signal: AbortSignal): Promise<Outcome> {
    const { namespace, uid, finalizers: kept = [] } = instance.metadata;
    if (kept.includes(ORPHAN) || !kept.includes(finalizers.release)) return { kind: 'settled' };
    const isOurs = (pod: Pod): boolean => controllerOf(pod)?.uid === uid;
    const { writer, index } = this.#parts;
    const seen = index.podsOf(roleNameOf(instance)).filter(isOurs);
    await writer.endUnchanged(namespace, seen, signal);
    if (seen.some(mayUsePorts)) return { kind: 'again', afterMs: LOOK_FOR_PODS_MS };
    // A pod may run that the cache doesn't show yet, and numbers are released on the answer.
    const running = await runningPods(this.#parts, roleNameOf(instance), signal);
    const ours = running.filter(isOurs);
    if (ours.length > 0) {
      await writer.endUnchanged(namespace, ours, signal);
      return { kind: 'again', afterMs: LOOK_FOR_PODS_MS };
    }
    if (running.length === 0 && !(await this.#release(instance, signal))) {
      return { kind: 'again', afterMs: LOOK_FOR_PODS_MS };
    }
    this.#failing.delete(uid);
    await writer.removeFinalizer(instance, signal);
    return { kind: 'settled' };
  }

  /** Releases the numbers. @returns false when the release has to be tried again */
  async #release(instance: RoleInstance, signal: AbortSignal): Promise<boolean> {
    const { holdings, former, clock, log } = this.#parts;
    const { namespace, name, uid } = instance.metadata;
    const role = roleNameOf(instance);
    try {
      await holdings.release(role, uid, signal);
      for (const allocation of former.madeFor(role)) await former.remove(allocation, signal);
      return true;
    } catch (error) {
      // A manager that may not write any longer must not remove the finalizer, either.
      if (isCancellation(error, signal) || error instanceof FencedError || isApiError(error, 'conflict')) throw error;
      const now = clock.monotonic();
      const since = this.#failing.get(uid) ?? now;
      this.#failing.set(uid, since);
      log.warn('the numbers of an instance that is being deleted can not be released', { namespace, name, error });
      return now - since >= LONGEST_DELAY_MS;
    }
  }
}
