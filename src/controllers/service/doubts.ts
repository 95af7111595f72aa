import type { Clock } from '../../base/clock.ts';
import type { Pod } from '../../kube/index.ts';
import type { GivenPod } from './decide.ts';
import { isFindable } from './endpoint.ts';
import type { Entitlement } from './entitled.ts';

/** What {@link Doubts} is made of. */
export interface DoubtsParts {
  readonly clock: Clock;
  /** What the ledger says of a pod now. */
  readonly judge: (pod: Pod) => Entitlement;
  /** Told of each pod of which the ledger says something else than before. */
  readonly onChange: (pod: Pod) => void;
}

/** What is to be known of the doubtful among some pods. */
export interface NotedDoubts {
  /** Those that have been so for {@link PATIENCE_MS}. */
  readonly lasting: readonly GivenPod[];
  /** In how many milliseconds the next one will have been; undefined where there is none. */
  readonly nextMs?: number;
}

/** Changes of the ledger that come this close together, in milliseconds, are looked at once. */
const SETTLE_MS = 300;
/** So many numbers are looked at at once, or those of one pod more: a few milliseconds, whoever makes however many. */
const MOST_AT_ONCE = 10_000;
/** A cache may be behind the other for some seconds, and nobody is to be told of that. */
const PATIENCE_MS = 5_000;

interface Doubt {
  readonly pod: Pod;
  readonly before: Entitlement;
  readonly since: number;
  /** How many numbers it says. */
  readonly size: number;
}

/**
 * Pods that say numbers which the ledger doesn't have for them. It is seen through another watch than the pods, and may be
 * behind: so they are looked at again when it has changed, and they alone.
 */
export class Doubts implements Disposable {
  readonly #parts: DoubtsParts;
  /** By UID. Whoever was looked at last is the last. */
  readonly #doubts = new Map<string, Doubt>();
  /** How many weren't looked at since the ledger changed. */
  #due = 0;
  #next: Disposable | undefined;

  constructor(parts: DoubtsParts) {
    this.#parts = parts;
  }

  /** Keeps in mind which of `pods` are doubtful. Those that aren't any longer stay until {@link ledgerChanged} says so to all. */
  note(pods: readonly GivenPod[]): NotedDoubts {
    const now = this.#parts.clock.monotonic();
    const lasting: GivenPod[] = [];
    let nextMs: number | undefined;
    for (const given of pods) {
      if (given.doubted.size === 0 || !isFindable(given.pod)) continue;
      const since = this.#keep(given, now);
      const leftMs = since + PATIENCE_MS - now;
      if (leftMs <= 0) lasting.push(given);
      else nextMs = Math.min(nextMs ?? leftMs, leftMs);
    }
    return { lasting, ...(nextMs === undefined ? {} : { nextMs }) };
  }

  /** To be told of a pod that is gone, or can't be found any longer. */
  forget({ metadata }: Pod): void {
    this.#doubts.delete(metadata.uid);
  }

  /** To be told when the claims of the ledger may have changed. */
  ledgerChanged(): void {
    this.#due = this.#doubts.size;
    this.#lookSoon();
  }

  [Symbol.dispose](): void {
    this.#next?.[Symbol.dispose]();
  }

  /** @returns since when the pod is doubtful, in milliseconds of the monotonic clock */
  #keep({ pod, told }: GivenPod, now: number): number {
    const { uid } = pod.metadata;
    const known = this.#doubts.get(uid);
    const since = known?.since ?? now;
    // What it says in ports that another Service publishes counts as well.
    if (known?.pod !== pod) {
      this.#doubts.set(uid, { pod, since, before: this.#parts.judge(pod), size: told.size });
    }
    return since;
  }

  #lookSoon(): void {
    if (this.#due > 0) this.#next ??= this.#parts.clock.schedule(SETTLE_MS, () => this.#look());
  }

  #look(): void {
    const { judge, onChange } = this.#parts;
    this.#next = undefined;
    this.#due = Math.min(this.#due, this.#doubts.size);
    let left = MOST_AT_ONCE;
    for (const [uid, doubt] of this.#doubts) {
      if (this.#due === 0 || left <= 0) break;
      this.#due--;
      left -= doubt.size;
      this.#doubts.delete(uid);
      // To the end, behind those that are still to be looked at.
      if (isSame(judge(doubt.pod), doubt.before)) this.#doubts.set(uid, doubt);
      else onChange(doubt.pod);
    }
    this.#lookSoon();
  }
}

function isSame({ doubted: now }: Entitlement, { doubted: before }: Entitlement): boolean {
  return (
    now.size === before.size &&
    [...before].every(([name, { protocols }]) => now.get(name)?.protocols.size === protocols.size)
  );
}
