import { podAnnotations } from '../../api/index.ts';
import { podHolder } from '../../allocation/index.ts';
import type { Allocator, Liveness } from '../../allocation/index.ts';
import type { Logger } from '../../base/logger.ts';
import { keyOf, parseKey } from '../../kube/index.ts';
import type { Pod, ResourceCache } from '../../kube/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { occupancyOf } from '../../workload/index.ts';
import { decide } from './decide.ts';
import type { Situation } from './decide.ts';

/** What the reconciler is made of. */
export interface PodReconcilerParts {
  readonly pods: ResourceCache<Pod>;
  readonly allocator: Allocator;
  readonly liveness: Liveness;
  readonly log: Logger;
}

/** Confirms what was reserved for a pod as soon as it is seen, and releases its numbers as soon as it needs them no more. */
export class PodReconciler {
  readonly #parts: PodReconcilerParts;
  readonly #deleted = new Map<string, Set<string>>();

  constructor(parts: PodReconcilerParts) {
    this.#parts = parts;
  }

  /** To be told of every pod whose deletion was seen, before its key is reconciled. */
  sawDeletion(pod: Pod): void {
    const { uid, annotations } = pod.metadata;
    const seen = this.#deleted.get(keyOf(pod)) ?? new Set();
    this.#deleted.set(keyOf(pod), seen.add(uid));
    const token = annotations?.[podAnnotations.reservation];
    if (token !== undefined) seen.add(token);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { allocator, liveness } = this.#parts;
    const { namespace = '', name } = parseKey(key);
    const holderOf = (uid: string) => podHolder({ namespace, name, uid });
    const deleted = this.#deleted.get(key) ?? new Set<string>();
    const situation = { ...this.#gather(namespace, name), deleted };
    const { confirm, release, ask } = decide(situation);
    if (confirm !== undefined && situation.pod !== undefined) {
      await allocator.confirm([{ token: confirm, holder: holderOf(situation.pod.uid) }], signal);
    }
    for (const uid of release) await this.#release(key, uid, signal);
    let isUnsure = false;
    for (const uid of ask) {
      if (await liveness.isGone(holderOf(uid), signal)) await this.#release(key, uid, signal);
      else isUnsure = true;
    }
    if (this.#deleted.get(key) === deleted) this.#deleted.delete(key);
    // The pod is there, and the cache will show it; unless the API server could not say.
    return isUnsure ? { kind: 'again', afterMs: 2_000 } : { kind: 'settled' };
  }

  #gather(namespace: string, name: string): Omit<Situation, 'deleted'> {
    const { pods, allocator } = this.#parts;
    const claims = allocator.claimsUnder(podHolder({ namespace, name, uid: '' }).key);
    const pod = pods.get(namespace, name);
    if (pod === undefined) return { claims };
    const token = pod.metadata.annotations?.[podAnnotations.reservation];
    return { pod: { uid: pod.metadata.uid, token, isRunning: occupancyOf(pod) === 'running' }, claims };
  }

  async #release(key: string, uid: string, signal: AbortSignal): Promise<void> {
    const { namespace = '', name } = parseKey(key);
    const numbers = await this.#parts.allocator.release(podHolder({ namespace, name, uid }), signal);
    if (numbers.length > 0) this.#parts.log.debug('numbers of a pod were released', { pod: key, uid, numbers });
  }
}
