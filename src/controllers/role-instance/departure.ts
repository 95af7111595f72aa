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

/** How long a release that fails may delay a deletion, in milliseconds: the sweep releases what is left. */
const PATIENCE_MS = 45_000;
/** The garbage collector's finalizer in a deletion that leaves the pods: it is there until they have no owner any more. */
const ORPHAN = 'orphan';

/** The parts that {@link Departure} works with. */
export interface DepartureParts extends Pick<RoleReconcilerParts, 'client' | 'index' | 'clock' | 'log'> {
  readonly writer: PodWriter;
  readonly holdings: Holdings;
  readonly former: FormerAllocations;
}

/**
 * Releases the numbers of instances that are deleted, when no pod is left that may use them. Pods that the instance controls
 * are deleted first. Pods without an owner (`--cascade=orphan`) keep the numbers, also when the instance is gone.
 */
export class Departure {
  readonly #parts: DepartureParts;
  readonly #clock: Clock;
  /** Since when the release of an instance fails, by its UID, in milliseconds of the monotonic clock. */
  readonly #failing = new Map<string, number>();

  constructor(parts: DepartureParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
  }

  /** Takes the next step with an instance that is being deleted: ends its pods, releases, removes the finalizer. */
  async end(instance: RoleInstance, signal: AbortSignal): Promise<Outcome> {
    const { namespace, name, uid, finalizers: kept = [] } = instance.metadata;
    if (kept.includes(ORPHAN) || !kept.includes(finalizers.release)) return { kind: 'settled' };
    const isOurs = (pod: Pod): boolean => controllerOf(pod)?.uid === uid;
    const { writer, index } = this.#parts;
    const seen = index.podsOfInstance(namespace, name).filter(isOurs);
    await writer.end(namespace, seen, signal);
    if (seen.some(mayUsePorts)) return { kind: 'again', afterMs: LOOK_FOR_PODS_MS };
    // A pod may run that the cache doesn't show yet, and numbers are released on the answer.
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

  /** Takes the next step with the numbers that an instance left that is gone. */
  async afterwards(namespace: string, name: string, signal: AbortSignal): Promise<Outcome> {
    const { holdings, former, index } = this.#parts;
    // The end of the pod has the instance reconciled again.
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

  /** Releases the numbers. @returns false when the release has to be tried again */
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
      // A manager that may not write any longer must not remove the finalizer, either.
      if (isCancellation(error, signal) || error instanceof FencedError || isApiError(error, 'conflict')) throw error;
      const now = this.#clock.monotonic();
      const since = this.#failing.get(uid) ?? now;
      this.#failing.set(uid, since);
      log.warn('the numbers of an instance that is being deleted can not be released', { namespace, name, error });
      return now - since >= PATIENCE_MS;
    }
  }
}
