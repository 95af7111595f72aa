import { podHolder } from '../allocation/index.ts';
import type { Allocator, DomainKey, Liveness } from '../allocation/index.ts';
import type { Clock } from '../base/clock.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Pod, ResourceCache } from '../kube/index.ts';
import { fingerprint, isTokenOf, nameFor, newToken, printIn } from './identity.ts';
import type { Identity } from './identity.ts';
import { Retries } from './retries.ts';
import type { PodReview } from './review.ts';

/** What {@link Identities} are made of. */
export interface IdentitiesParts {
  readonly allocator: Allocator;
  readonly liveness: Liveness;
  readonly pods: ResourceCache<Pod>;
  readonly clock: Clock;
  /** How long a reservation lives, in milliseconds. */
  readonly reservationLifeMs: number;
}

/** Gives pods that are being created their names and tokens. */
export class Identities {
  readonly #parts: IdentitiesParts;
  readonly #retries: Retries;

  constructor(parts: IdentitiesParts) {
    this.#parts = parts;
    this.#retries = new Retries(parts.clock, parts.reservationLifeMs);
  }

  /**
   * The name and token of a pod whose numbers are of one of the domains `keys`. The token is new also where the numbers aren't: for a
   * create that is made again, by its controller because somebody behind us refused it, or by the API server because
   * another webhook changed the pod. An earlier token may be that of a pod that was stored after all, and deleted since:
   * what becomes of its numbers must never be what becomes of those of the next pod.
   */
  async identify(
    review: PodReview,
    keys: readonly DomainKey[],
    signal: AbortSignal,
  ): Promise<Result<Identity, Refusal>> {
    const { namespace, pod } = review;
    const { name: given = '' } = pod.metadata as { name?: string };
    const print = fingerprint(review);
    const openUnder = (name: string): readonly string[] => this.#openUnder(namespace, name, print, keys);
    const earlier = given === '' ? this.#retries.take(print, (name) => openUnder(name).length > 0) : given;
    const token = newToken(print);
    if (earlier !== undefined) {
      const insteadOf = openUnder(earlier);
      if (insteadOf.length === 0 || (await this.#isFree(namespace, earlier, signal))) {
        return ok({ name: earlier, token, insteadOf });
      }
      if (given !== '') return err(refuse.nameTaken(given));
    }
    return ok({ name: nameFor(pod, (name) => this.#isTaken(namespace, name)), token, insteadOf: [] });
  }

  /** Notes under which name a pod is let in, in case its create is made again. */
  note({ name, token }: Identity): void {
    this.#retries.note(printIn(token), name);
  }

  /** Whether a pod of that name is there, or on its way. */
  #isTaken(namespace: string, name: string): boolean {
    const { key } = podHolder({ namespace, name, uid: '' });
    return this.#parts.pods.get(namespace, name) !== undefined || this.#parts.allocator.claimsUnder(key).length > 0;
  }

  /** Whether there is no pod of that name, by the word of the API server: caches may be behind. */
  #isFree(namespace: string, name: string, signal: AbortSignal): Promise<boolean> {
    return this.#parts.liveness.isNameFree(podHolder({ namespace, name, uid: '' }), signal);
  }

  /** Tokens under which the same party has something reserved for that name. */
  #openUnder(namespace: string, name: string, print: string, domains: readonly DomainKey[]): readonly string[] {
    const { key } = podHolder({ namespace, name, uid: '' });
    const open = domains
      .flatMap((domain) => this.#parts.allocator.claimsUnder(key, domain))
      .filter(({ state, holder }) => state === 'reserved' && isTokenOf(holder.uid, print));
    return [...new Set(open.map(({ holder }) => holder.uid))];
  }
}
