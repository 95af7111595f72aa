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
import type { PodReview } from './pod-review.ts';

/** The labels by which controllers distinguish the revisions of their pods. */
const REVISION_LABELS = ['pod-template-hash', 'controller-revision-hash', 'batch.kubernetes.io/controller-uid'];

/** The letters of generated names in Kubernetes (`k8s.io/apimachinery/pkg/util/rand`): without vowels they form no words. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const RANDOM_LETTERS = 5;
/** The longest generated name (`k8s.io/apiserver/pkg/storage/names`). */
const LONGEST_GENERATED = 63;
/** How often the API server tries to find a free name (`k8s.io/apiserver/pkg/registry/generic/registry`). */
const NAME_TRIES = 8;

/**
 * Random bytes that weren't used yet. Asking the system for random bytes is by far the most expensive step here, so
 * thousands are fetched at once. Each byte is used once.
 */
let stock = Buffer.alloc(0);
const STOCK_BYTES = 4_096;

function chance(bytes: number): Buffer {
  if (stock.length < bytes) stock = randomBytes(STOCK_BYTES);
  const taken = stock.subarray(0, bytes);
  stock = stock.subarray(bytes);
  return taken;
}

/** How a pod is known before it has a UID: by its name and the token of its reservation. */
export interface Identity {
  readonly name: string;
  /**
   * Ends with the {@link fingerprint} of its owner. Each review makes a new one, so that no two pods ever carry the
   * same token.
   */
  readonly token: string;
  /** Tokens of earlier creates of this name that failed: what is reserved under them passes to this pod. */
  readonly insteadOf: readonly string[];
}

/**
 * A digest of the owner of a reservation: namespace, controller with its revision, and user. A pod that carries the
 * token of another owner has another fingerprint, so the token is useless to it.
 */
export function fingerprint({ namespace, username, pod }: PodReview): string {
  const { labels = {}, generateName = '' } = pod.metadata;
  const revision = REVISION_LABELS.map((label) => labels[label] ?? '');
  const parts = [namespace, username, controllerOf(pod)?.uid ?? '', generateName, ...revision];
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, 12);
}

/** A token that can't be guessed, for the owner with fingerprint `print`. */
export function newToken(print: string): string {
  return `${chance(8).toString('hex')}-${print}`;
}

/** The fingerprint for which `token` was made. */
function printIn(token: string): string {
  return token.slice(token.indexOf('-') + 1);
}

/** Whether `token` was made for `print`. */
export function isTokenOf(token: string, print: string): boolean {
  return /^[0-9a-f]{16}-[0-9a-f]{12}$/.test(token) && printIn(token) === print;
}

/**
 * The name of a pod. If the pod asks for a generated name, the name is generated here, by the rules of the API server,
 * which keeps it. So the number is reserved for a name, and two pods can't both use one reservation. The API server
 * tries another name only if it generated the name itself: so a name that `isTaken` is never chosen, as far as the
 * manager knows.
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

/** What {@link Identities} needs. */
export interface IdentitiesParts {
  readonly allocator: Allocator;
  readonly liveness: Liveness;
  readonly pods: ResourceCache<Pod>;
  readonly clock: Clock;
  /** How long a reservation lives, in milliseconds. */
  readonly reservationLifeMs: number;
}

/** Chooses names and tokens for pods that are being created. */
export class Identities {
  readonly #parts: IdentitiesParts;
  readonly #retries: Retries;

  constructor(parts: IdentitiesParts) {
    this.#parts = parts;
    this.#retries = new Retries(parts.clock, parts.reservationLifeMs);
  }

  /**
   * The name and token of a pod whose numbers are in one of the domains `keys`. Each call makes a new token, also if
   * the numbers stay the same because a create is repeated (by the controller after a later refusal, or by the API
   * server after another webhook changed the pod). The pod of an earlier token may have been stored after all and
   * deleted since: a release of its numbers must never release those of the next pod.
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

  /** Remembers the name under which a pod was admitted, in case its create is repeated. */
  note({ name, token }: Identity): void {
    this.#retries.note(printIn(token), name);
  }

  /** Whether a pod of that name exists, or is about to. */
  #isTaken(namespace: string, name: string): boolean {
    const { key } = podHolder({ namespace, name, uid: '' });
    return this.#parts.pods.get(namespace, name) !== undefined || this.#parts.allocator.claimsUnder(key).length > 0;
  }

  /** Whether the API server says that there is no pod of that name: caches may be behind. */
  #isFree(namespace: string, name: string, signal: AbortSignal): Promise<boolean> {
    return this.#parts.liveness.isNameFree(podHolder({ namespace, name, uid: '' }), signal);
  }

  /** Tokens under which the same owner has something reserved for that name. */
  #openUnder(namespace: string, name: string, print: string, domains: readonly DomainKey[]): readonly string[] {
    const { key } = podHolder({ namespace, name, uid: '' });
    const open = domains
      .flatMap((domain) => this.#parts.allocator.claimsUnder(key, domain))
      .filter(({ state, holder }) => state === 'reserved' && isTokenOf(holder.uid, print));
    return [...new Set(open.map(({ holder }) => holder.uid))];
  }
}
