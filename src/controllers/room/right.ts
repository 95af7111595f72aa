import { Mutex } from 'async-mutex';
import { MANAGER_NAME, ROOM_ROLE_NAME } from '../../api/index.ts';
import type { Clock } from '../../base/clock.ts';
import { ClusterRoleBindings, isApiError } from '../../kube/index.ts';
import type { ClusterClient, RoleBinding } from '../../kube/index.ts';

/** How long the API server may still refuse what a new binding allows, in milliseconds: it follows bindings by a watch. */
const TAKES_EFFECT_MS = 2_000;
const TRY_AGAIN_MS = 200;
/** How often the right is asked for again where it is refused, in milliseconds. */
const ASK_AGAIN_MS = 5_000;

/** What the right needs. */
export interface RoomRightParts {
  readonly client: ClusterClient;
  readonly clock: Clock;
  /** The namespace of the managers. */
  readonly namespace: string;
  /** Whether the right is needed now. */
  readonly isNeeded: () => boolean;
}

/**
 * The managers' right to write the status of nodes. They give it to themselves, by the one binding that they may
 * change, as long as a pool advertises. A manager that has the right in another way isn't delayed.
 */
export class RoomRight {
  readonly #parts: RoomRightParts;
  readonly #oneAtATime = new Mutex();
  /** As last seen or written; undefined if it isn't known. */
  #isBound: boolean | undefined;
  #refusedSince = Infinity;
  #restsUntil = -Infinity;
  #isRefused = false;
  readonly #listeners = new Set<(isRefused: boolean) => void>();

  constructor(parts: RoomRightParts) {
    this.#parts = parts;
  }

  /** Calls `listener` when the right turns out to be refused, and when it no longer is, until the handle is disposed. */
  subscribe(listener: (isRefused: boolean) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Whether there is room to advertise, or to remove. */
  get isNeeded(): boolean {
    return this.#parts.isNeeded();
  }

  /** Whether writing the status of nodes is refused, as far as is known for good. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** How long to wait before trying to write, in milliseconds. */
  get restMs(): number {
    return Math.max(0, this.#restsUntil - this.#parts.clock.monotonic());
  }

  /** Takes the right if it is needed, and gives it back if it isn't. If that is refused, everything stays as it is. */
  async settle(signal: AbortSignal): Promise<void> {
    await this.#oneAtATime.runExclusive(async () => {
      const wanted = this.#parts.isNeeded();
      if (this.#isBound === wanted) return;
      try {
        await this.#bind(wanted, signal);
      } catch (error) {
        if (!isApiError(error, 'forbidden', 'notFound')) throw error;
      }
      this.#isBound = wanted;
    });
  }

  /** To be called when the status of a node was written. */
  worked(): void {
    this.#refusedSince = Infinity;
    this.#restsUntil = -Infinity;
    this.#say(false);
  }

  /** To be called when the status of a node was refused. @returns after how many milliseconds to try again */
  failed(): number {
    const now = this.#parts.clock.monotonic();
    this.#refusedSince = Math.min(this.#refusedSince, now);
    // Somebody may have removed it.
    this.#isBound = undefined;
    const isFinal = now - this.#refusedSince >= TAKES_EFFECT_MS;
    const restMs = isFinal ? ASK_AGAIN_MS : TRY_AGAIN_MS;
    // A right that is refused for one node is refused for the others, too.
    this.#restsUntil = now + restMs;
    if (isFinal) this.#say(true);
    return restMs;
  }

  async #bind(wanted: boolean, signal: AbortSignal): Promise<void> {
    const { client, namespace } = this.#parts;
    const key = { name: ROOM_ROLE_NAME };
    const binding: RoleBinding = await client.get(ClusterRoleBindings, key, { signal });
    const ours = { kind: 'ServiceAccount', name: MANAGER_NAME, namespace };
    const { subjects = [] } = binding;
    const others = subjects.filter(
      ({ kind, name, ...subject }) => kind !== ours.kind || name !== ours.name || subject.namespace !== namespace,
    );
    const isBound = others.length < subjects.length;
    if (isBound === wanted) return;
    const { resourceVersion } = binding.metadata;
    const body = { metadata: { resourceVersion }, subjects: wanted ? [...others, ours] : others };
    await client.patch(ClusterRoleBindings, key, { type: 'merge', body, conditional: true, signal });
  }

  #say(isRefused: boolean): void {
    if (isRefused === this.#isRefused) return;
    this.#isRefused = isRefused;
    for (const listener of this.#listeners) listener(isRefused);
  }
}
