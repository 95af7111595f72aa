import { podAnnotations } from '../../api/index.ts';
import { podHolder } from '../../allocation/index.ts';
import type { Allocator } from '../../allocation/index.ts';
import type { Clock } from '../../base/clock.ts';
import { parseKey } from '../../kube/index.ts';
import type { Pod, ResourceCache } from '../../kube/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { decide } from './decide.ts';
import { gather } from './gather.ts';

/** What a {@link Confirmer} needs. */
export interface ConfirmerParts {
  readonly pods: ResourceCache<Pod>;
  readonly allocator: Allocator;
  readonly clock: Clock;
  /** How long an admitted pod is waited for, in milliseconds. */
  readonly reservationLifeMs: number;
}

const NOBODY: ReadonlySet<string> = new Set();

/**
 * Confirms the reservations that this manager made for the pods that it admitted, as soon as the pods are seen, whether
 * or not it leads: it writes the blocks that it wrote before, so it conflicts with no other manager. Reservations that
 * it doesn't get to are left to the leader.
 */
export class Confirmer {
  readonly #parts: ConfirmerParts;
  /** By token: until when the pod is waited for, by the monotonic clock; the oldest first. */
  readonly #awaited = new Map<string, number>();

  constructor(parts: ConfirmerParts) {
    this.#parts = parts;
  }

  /** To be called with the token of every pod that is admitted, before its review is answered. */
  letIn(token: string): void {
    const now = this.#parts.clock.monotonic();
    for (const [oldest, end] of this.#awaited) {
      if (end > now) break;
      this.#awaited.delete(oldest);
    }
    this.#awaited.set(token, now + this.#parts.reservationLifeMs);
  }

  /** Whether `pod` was waited for; from then on it isn't. */
  awaited({ metadata }: Pod): boolean {
    const token = metadata.annotations?.[podAnnotations.reservation];
    return token !== undefined && this.#awaited.delete(token);
  }

  /** Confirms the reservation of the pod `key`, as last seen. */
  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { allocator } = this.#parts;
    const { namespace = '', name } = parseKey(key);
    const { confirm } = decide({ ...gather(key, this.#parts), deleted: NOBODY });
    for (const { token, uid, key: domain } of confirm) {
      await allocator.confirm([{ token, holder: podHolder({ namespace, name, uid }) }], signal, domain);
    }
    return { kind: 'settled' };
  }
}
