import { podAnnotations } from '../../api/index.ts';
import { podHolder } from '../../allocation/index.ts';
import type { Allocator } from '../../allocation/index.ts';
import type { Clock } from '../../base/clock.ts';
import { parseKey } from '../../kube/index.ts';
import type { Pod, ResourceCache } from '../../kube/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import { decide } from './decide.ts';
import { gather } from './gather.ts';

/** What a {@link Confirmer} is made of. */
export interface ConfirmerParts {
  readonly pods: ResourceCache<Pod>;
  readonly allocator: Allocator;
  readonly clock: Clock;
  /** How long a pod that was let in is waited for, in milliseconds. */
  readonly reservationLifeMs: number;
}

const NOBODY: ReadonlySet<string> = new Set();

/**
 * Confirms what this manager reserved for the pods that it let in, as soon as they are seen, whether or not it leads: it
 * writes where it wrote their reservations, and so in nobody's way. What it doesn't come to is the leader's.
 */
export class Confirmer {
  readonly #parts: ConfirmerParts;
  /** By token: when it isn't waited for any longer, by the monotonic clock; the oldest first. */
  readonly #awaited = new Map<string, number>();

  constructor(parts: ConfirmerParts) {
    this.#parts = parts;
  }

  /** To be told of every pod that is let in, before its review is answered. */
  letIn(token: string): void {
    const now = this.#parts.clock.monotonic();
    for (const [oldest, end] of this.#awaited) {
      if (end > now) break;
      this.#awaited.delete(oldest);
    }
    this.#awaited.set(token, now + this.#parts.reservationLifeMs);
  }

  /** Whether `pod` is one that was waited for; from then on it isn't. */
  awaited({ metadata }: Pod): boolean {
    const token = metadata.annotations?.[podAnnotations.reservation];
    return token !== undefined && this.#awaited.delete(token);
  }

  /** Confirms what is reserved for the pod that `key` names, as it was seen last. */
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
