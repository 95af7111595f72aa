import { finalizers, roleLabels } from '../../api/index.ts';
import type { RoleInstance } from '../../api/index.ts';
import type { Clock } from '../../base/clock.ts';
import { isCancellation } from '../../base/cancellation.ts';
import { FencedError } from '../../base/fence.ts';
import { isApiError } from '../../kube/index.ts';
import type { Pod } from '../../kube/index.ts';
import { LOOK_FOR_PODS_MS, formerAllocationsOf, runningPods } from '../../roles/index.ts';
import type { FormerAllocations, Holdings, RoleReconcilerParts } from '../../roles/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { controllerOf, mayUsePorts } from '../../workload/index.ts';
import type { PodWriter } from './pod-writer.ts';

/** So long a release that fails may hold an end up, in milliseconds: the sweep finds what is left. */
const PATIENCE_MS = 45_000;
/** While the garbage collector takes the pods away from under it, somebody else's finalizer tells of it. */
const ORPHAN = 'orphan';

/** What {@link Departure} is made of. */
export interface DepartureParts extends Pick<RoleReconcilerParts, 'client' | 'index' | 'clock' | 'log'> {
  readonly writer: PodWriter;
  readonly holdings: Holdings;
  readonly former: FormerAllocations;
}

/**
 * Sees instances off. Their numbers go when no pod is left that may use them: those that the instance controls are ended first; those
 * that were taken from it keep the numbers, also when the instance is gone.
 */
export class Departure {
  readonly #parts: DepartureParts;
  readonly #clock: Clock;
  /** Since when a release fails, by UID, on the monotonic clock. */
  readonly #failing = new Map<string, number>();

  constructor(parts: DepartureParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
  }

  /** The next step with an instance that is being deleted. */
  async end(instance: RoleInstance, signal: AbortSignal): Promise<Outcome> {
    const { namespace, name, uid, finalizers: kept = [] } = instance.metadata;
    if (kept.includes(ORPHAN) || !kept.includes(finalizers.release)) return { kind: 'settled' };
    const isOurs = (pod: Pod): boolean => controllerOf(pod)?.uid === uid;
    const { writer, index } = this.#parts;
    const seen = index.podsOfInstance(namespace, name).filter(isOurs);
    await writer.end(namespace, seen, signal);
    if (seen.some(mayUsePorts)) return { kind: 'again', afterMs: LOOK_FOR_PODS_MS };
    // What a cache doesn't show may be there: numbers are let go on the answer.
    const running = await runningPods(this.#parts, { of: 'instance', namespace, name }, signal);
    const ours = running.filter(isOurs);
    if (ours.length > 0) {
      await writer.end(namespace, ours, signal);
      return { kind: 'again', afterMs: LOOK_FOR_PODS_MS };
    }
    if (running.length === 0 && !(await this.#release(instance, signal))) {
      return { kind: 'again', afterMs: LOOK_FOR_PODS_MS };
    }
    this.#failing.delete(uid);
    await writer.letGo(instance, signal);
    return { kind: 'settled' };
  }

  /** The next step with what an instance left that is gone. */
  async afterwards(namespace: string, name: string, signal: AbortSignal): Promise<Outcome> {
    const { holdings, former, index } = this.#parts;
    // Whoever ends tells of it.
    if (index.podsOfInstance(namespace, name).some(mayUsePorts)) return { kind: 'settled' };
    const isLeft = await holdings.releaseGone({ kind: 'RoleInstance', namespace, name }, signal);
    if (isLeft) return { kind: 'again', afterMs: LOOK_FOR_PODS_MS };
    const left = former.labelled(namespace, formerAllocationsOf({ metadata: { name } }), roleLabels.roleInstance, name);
    if (left.length === 0) return { kind: 'settled' };
    const running = await runningPods(this.#parts, { of: 'instance', namespace, name }, signal);
    if (running.length > 0) return { kind: 'again', afterMs: LOOK_FOR_PODS_MS };
    for (const allocation of left) await former.remove(allocation, signal);
    return { kind: 'settled' };
  }

  /** Gives the numbers back. @returns false when it is to be tried again */
  async #release(instance: RoleInstance, signal: AbortSignal): Promise<boolean> {
    const { holdings, former, log } = this.#parts;
    const { namespace, name, uid } = instance.metadata;
    try {
      await holdings.release({ kind: 'RoleInstance', namespace, name }, uid, signal);
      const names = formerAllocationsOf(instance);
      for (const each of former.labelled(namespace, names, roleLabels.roleInstance, name)) {
        await former.remove(each, signal);
      }
      return true;
    } catch (error) {
      // Whoever may not write any longer takes no finalizer off, either.
      if (isCancellation(error, signal) || error instanceof FencedError || isApiError(error, 'conflict')) throw error;
      const now = this.#clock.monotonic();
      const since = this.#failing.get(uid) ?? now;
      this.#failing.set(uid, since);
      log.warn('the numbers of an instance that is being deleted can not be released', { namespace, name, error });
      return now - since >= PATIENCE_MS;
    }
  }
}
