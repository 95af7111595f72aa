import { eventReasons, nodePortsLabel, podAnnotations } from '../../api/index.ts';
import { podHolder } from '../../allocation/index.ts';
import type { Allocator, Liveness } from '../../allocation/index.ts';
import type { Logger } from '../../base/logger.ts';
import { keyOf, parseKey } from '../../kube/index.ts';
import type { EventRecorder, Pod, ResourceCache } from '../../kube/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { isBoundWithoutPorts } from '../../workload/index.ts';
import { decide } from './decide.ts';
import type { Decision, Leaving, Situation } from './decide.ts';
import { gather } from './gather.ts';

/** What the reconciler needs. */
export interface PodReconcilerParts {
  readonly pods: ResourceCache<Pod>;
  readonly allocator: Allocator;
  readonly liveness: Liveness;
  readonly events: EventRecorder;
  /** Called once for each pod that is on a node without its deferred ports. */
  readonly onBoundWithoutPorts: () => void;
  readonly log: Logger;
}

/**
 * Releases a pod's numbers as soon as it doesn't need them any more, and confirms its reservations: those of its
 * Binding as soon as it is seen on the node; those of its creation only if the manager that admitted it, which confirms
 * them itself, hasn't done so for a while.
 */
export class PodReconciler {
  readonly #parts: PodReconcilerParts;
  readonly #deleted = new Map<string, Set<string>>();
  readonly #reported = new Set<string>();

  constructor(parts: PodReconcilerParts) {
    this.#parts = parts;
  }

  /** To be called with every pod whose deletion was seen, before its key is reconciled. */
  sawDeletion(pod: Pod): void {
    const { uid, annotations } = pod.metadata;
    const seen = this.#deleted.get(keyOf(pod)) ?? new Set();
    this.#deleted.set(keyOf(pod), seen.add(uid));
    const token = annotations?.[podAnnotations.reservation];
    if (token !== undefined) seen.add(token);
    this.#reported.delete(uid);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { liveness } = this.#parts;
    const { namespace = '', name } = parseKey(key);
    const holderOf = (uid: string) => podHolder({ namespace, name, uid });
    const deleted = this.#deleted.get(key) ?? new Set<string>();
    this.#reportIfBoundWithoutPorts(namespace, name);
    const look = (): Situation => ({ ...gather(key, this.#parts), deleted });
    const situation = look();
    const { confirm, release, ask } = decide(situation);
    const waitMs = await this.#confirm(key, confirm, situation.claims, signal);
    for (const part of release) await this.#release(key, part, signal);
    // Another manager may have confirmed at the same time what was released as reserved.
    if (release.length > 0 && decide(look()).release.length > 0) return { kind: 'again', afterMs: 0 };
    let isUnsure = false;
    for (const part of ask) {
      if (await liveness.isGone(holderOf(part.uid), signal, part.key)) {
        await this.#release(key, { ...part, wasThere: true }, signal);
      } else isUnsure = true;
    }
    if (this.#deleted.get(key) === deleted) this.#deleted.delete(key);
    // The pod exists, and the cache will show it; unless the API server didn't answer.
    if (isUnsure) return { kind: 'again', afterMs: 2_000 };
    return waitMs > 0 ? { kind: 'again', afterMs: waitMs } : { kind: 'settled' };
  }

  /**
   * Confirms what the manager that admitted the pod hasn't confirmed for a while. Returns how long the rest is left to
   * that manager, in milliseconds.
   */
  async #confirm(
    key: string,
    parts: Decision['confirm'],
    claims: Situation['claims'],
    signal: AbortSignal,
  ): Promise<number> {
    const { allocator } = this.#parts;
    const { namespace = '', name } = parseKey(key);
    let waitMs = 0;
    for (const { token, uid, key: domain } of parts) {
      const own = claims.get(domain)?.filter(({ state, holder }) => state === 'reserved' && holder.uid === token) ?? [];
      // A reservation of a Binding is known by the pod's UID, and only this controller confirms it.
      const freshForMs = token === uid ? 0 : Math.max(0, ...own.map((claim) => allocator.freshForMs(domain, claim)));
      waitMs = Math.max(waitMs, freshForMs);
      if (freshForMs > 0) continue;
      await allocator.confirm([{ token, holder: podHolder({ namespace, name, uid }) }], signal, domain);
    }
    return waitMs;
  }

  /** It was bound without a review: its namespace lacked the label, or the webhook was missing. */
  #reportIfBoundWithoutPorts(namespace: string, name: string): void {
    const pod = this.#parts.pods.get(namespace, name);
    if (pod === undefined || !isBoundWithoutPorts(pod)) return;
    const { uid, annotations } = pod.metadata;
    if (this.#reported.has(uid)) return;
    this.#reported.add(uid);
    this.#parts.onBoundWithoutPorts();
    const { key, value } = nodePortsLabel;
    const about = { apiVersion: 'v1', kind: 'Pod', namespace, name, uid };
    this.#parts.events.record(about, {
      type: 'Warning',
      reason: eventReasons.boundWithoutPorts,
      message: `the pod was bound without its ports of pool "${annotations?.[podAnnotations.nodePool] ?? ''}", because Hostport was not asked: see that the namespace has the label ${key}=${value}, and delete the pod`,
    });
  }

  async #release(key: string, { uid, key: only, wasThere }: Leaving, signal: AbortSignal): Promise<void> {
    const { namespace = '', name } = parseKey(key);
    const holder = podHolder({ namespace, name, uid });
    const numbers = await this.#parts.allocator.release(holder, signal, { only, wasThere });
    if (numbers.length > 0) this.#parts.log.debug('numbers of a pod were released', { pod: key, uid, numbers });
  }
}
