import { eventReasons, nodePortsLabel, podAnnotations } from '../../api/index.ts';
import { podHolder } from '../../allocation/index.ts';
import type { Allocator, Liveness } from '../../allocation/index.ts';
import type { Logger } from '../../base/logger.ts';
import { keyOf, parseKey } from '../../kube/index.ts';
import type { EventRecorder, Pod, ResourceCache } from '../../kube/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { isBoundWithoutPorts, occupancyOf } from '../../workload/index.ts';
import { decide } from './decide.ts';
import type { Leaving, Situation } from './decide.ts';

/** What the reconciler is made of. */
export interface PodReconcilerParts {
  readonly pods: ResourceCache<Pod>;
  readonly allocator: Allocator;
  readonly liveness: Liveness;
  readonly events: EventRecorder;
  /** Told of a pod that is on a node without the ports that it was promised, once. */
  readonly onBoundWithoutPorts: () => void;
  readonly log: Logger;
}

/** Confirms what was reserved for a pod as soon as it is seen, and releases its numbers as soon as it needs them no more. */
export class PodReconciler {
  readonly #parts: PodReconcilerParts;
  readonly #deleted = new Map<string, Set<string>>();
  readonly #reported = new Set<string>();

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
    this.#reported.delete(uid);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { allocator, liveness } = this.#parts;
    const { namespace = '', name } = parseKey(key);
    const holderOf = (uid: string) => podHolder({ namespace, name, uid });
    const deleted = this.#deleted.get(key) ?? new Set<string>();
    const situation = { ...this.#gather(namespace, name), deleted };
    const { confirm, release, ask } = decide(situation);
    for (const { token, uid, key: domain } of confirm) {
      await allocator.confirm([{ token, holder: holderOf(uid) }], signal, domain);
    }
    for (const part of release) await this.#release(key, part, signal);
    let isUnsure = false;
    for (const part of ask) {
      if (await liveness.isGone(holderOf(part.uid), signal, part.key)) {
        await this.#release(key, { ...part, wasThere: true }, signal);
      } else isUnsure = true;
    }
    if (this.#deleted.get(key) === deleted) this.#deleted.delete(key);
    // The pod is there, and the cache will show it; unless the API server could not say.
    return isUnsure ? { kind: 'again', afterMs: 2_000 } : { kind: 'settled' };
  }

  #gather(namespace: string, name: string): Omit<Situation, 'deleted'> {
    const { pods, allocator } = this.#parts;
    const claims = allocator.claimsByDomain(podHolder({ namespace, name, uid: '' }).key);
    const pod = pods.get(namespace, name);
    if (pod === undefined) return { claims };
    if (isBoundWithoutPorts(pod)) this.#report(pod);
    const { metadata, spec } = pod;
    const token = metadata.annotations?.[podAnnotations.reservation];
    const isRunning = occupancyOf(pod) === 'running';
    return { pod: { uid: metadata.uid, token, isRunning, nodeName: spec.nodeName }, claims };
  }

  /** Somebody bound it who isn't asked about: the label of its namespace was away, or our webhook was. */
  #report({ metadata }: Pod): void {
    const { namespace = '', name, uid, annotations } = metadata;
    if (this.#reported.has(uid)) return;
    this.#reported.add(uid);
    this.#parts.onBoundWithoutPorts();
    const { key, value } = nodePortsLabel;
    this.#parts.events.record({
      regarding: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
      type: 'Warning',
      reason: eventReasons.boundWithoutPorts,
      message: `the pod was bound without its ports of pool "${annotations?.[podAnnotations.nodePool] ?? ''}", because Hostport was not asked: see that the namespace has the label ${key}=${value}, and delete the pod`,
      component: 'hostport',
    });
  }

  async #release(key: string, { uid, key: only, wasThere }: Leaving, signal: AbortSignal): Promise<void> {
    const { namespace = '', name } = parseKey(key);
    const holder = podHolder({ namespace, name, uid });
    const numbers = await this.#parts.allocator.release(holder, signal, { only, wasThere });
    if (numbers.length > 0) this.#parts.log.debug('numbers of a pod were released', { pod: key, uid, numbers });
  }
}
