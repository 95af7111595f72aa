import { hash, randomBytes } from 'node:crypto';
import { podHolder } from '../allocation/index.ts';
import type { Allocator, DomainKey, Liveness } from '../allocation/index.ts';
import type { Clock } from '../base/clock.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Pod, ResourceCache } from '../kube/index.ts';
import { controllerOf } from '../workload/index.ts';
import { Retries } from './retries.ts';
import type { PodReview } from './review.ts';

/** The labels by which controllers tell the revisions of their pods apart. */
const REVISION_LABELS = ['pod-template-hash', 'controller-revision-hash', 'batch.kubernetes.io/controller-uid'];

/** What Kubernetes makes generated names of: no vowels, so that no words come out. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const RANDOM_LETTERS = 5;
/** The longest generated name (`k8s.io/apiserver/pkg/storage/names`). */
const LONGEST_GENERATED = 63;
/** As often as the API server tries to find a name (`k8s.io/apiserver/pkg/registry/generic/registry`). */
const NAME_TRIES = 8;

/** Asking the system for bytes costs more than all else here, so they are fetched by the thousand; each is used once. */
let stock = Buffer.alloc(0);
const STOCK_BYTES = 4_096;

function chance(bytes: number): Buffer {
  if (stock.length < bytes) stock = randomBytes(STOCK_BYTES);
  const taken = stock.subarray(0, bytes);
  stock = stock.subarray(bytes);
  return taken;
}

/** Who a pod is before it has a UID: its name, and the token of its reservation. */
export interface Identity {
  readonly name: string;
  /** Ends with the {@link fingerprint} of whoever may use it. New each time, so that no two pods ever carry the same. */
  readonly token: string;
  /** Tokens of earlier creates of the name that failed: what is reserved under them passes on. */
  readonly insteadOf: readonly string[];
}

/**
 * Of whom a reservation is: namespace, controller and its revision, and user. Whoever brings the token of another along
 * has another fingerprint, and gets nothing by it.
 */
export function fingerprint({ namespace, username, pod }: PodReview): string {
  const { labels = {}, generateName = '' } = pod.metadata;
  const revision = REVISION_LABELS.map((label) => labels[label] ?? '');
  const parts = [namespace, username, controllerOf(pod)?.uid ?? '', generateName, ...revision];
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, 12);
}

/** A token that nobody can guess. */
export function newToken(print: string): string {
  return `${chance(8).toString('hex')}-${print}`;
}

/** For whom `token` was made. */
export function printIn(token: string): string {
  return token.slice(token.indexOf('-') + 1);
}

/** Whether `token` was made for `print`. */
export function isTokenOf(token: string, print: string): boolean {
  return /^[0-9a-f]{16}-[0-9a-f]{12}$/.test(token) && printIn(token) === print;
}

/**
 * The name of a pod. One that asks for a generated name gets it here, by the rules of the API server, which keeps it:
 * so the number is reserved for a name, and two pods can't both come with one reservation. The API server tries again
 * with another name only where it made the name itself: so a name that `isTaken` is not generated, as far as we know.
 */
export function nameFor({ metadata }: Pod, isTaken: (name: string) => boolean): string {
  const { name, generateName = '' } = metadata as { name?: string; generateName?: string };
  if (name !== undefined && name !== '') return name;
  const base = generateName.slice(0, LONGEST_GENERATED - RANDOM_LETTERS);
  let generated = base + randomLetters();
  for (let tries = 1; tries < NAME_TRIES && isTaken(generated); tries++) generated = base + randomLetters();
  return generated;
}

function randomLetters(): string {
  return [...chance(RANDOM_LETTERS)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
}

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
