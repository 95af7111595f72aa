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
  /** What it says. */
  readonly numbers: readonly number[];
}

/**
 * Pods that say numbers which the ledger doesn't have for them. It is seen through another watch than the pods, and may be
 * behind: so they are looked at again when it has changed, and they alone.
 */
export class Doubts implements Disposable {
  readonly #parts: DoubtsParts;
  /** By UID. */
  readonly #doubts = new Map<string, Doubt>();
  /** UIDs, by the numbers that the pods say. */
  readonly #byNumber = new Map<number, Set<string>>();
  /** UIDs of those for whose numbers the ledger has changed since they were looked at. */
  readonly #due = new Set<string>();
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
    this.#delete(metadata.uid);
  }

  /** To be told on which numbers the claims of the ledger have changed. */
  ledgerChanged(numbers: Iterable<number>): void {
    if (this.#doubts.size === 0) return;
    for (const number of numbers) for (const uid of this.#byNumber.get(number) ?? []) this.#due.add(uid);
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
      this.#delete(uid);
      const numbers = [...new Set([...told.values()].map(({ number }) => number))];
      this.#doubts.set(uid, { pod, since, before: this.#parts.judge(pod), numbers });
      for (const number of numbers) this.#byNumber.set(number, (this.#byNumber.get(number) ?? new Set()).add(uid));
    }
    return since;
  }

  #delete(uid: string): void {
    for (const number of this.#doubts.get(uid)?.numbers ?? []) {
      const uids = this.#byNumber.get(number);
      uids?.delete(uid);
      if (uids?.size === 0) this.#byNumber.delete(number);
    }
    this.#doubts.delete(uid);
    this.#due.delete(uid);
  }

  #lookSoon(): void {
    if (this.#due.size > 0) this.#next ??= this.#parts.clock.schedule(SETTLE_MS, () => this.#look());
  }

  #look(): void {
    const { judge, onChange } = this.#parts;
    this.#next = undefined;
    let left = MOST_AT_ONCE;
    for (const uid of this.#due) {
      if (left <= 0) break;
      this.#due.delete(uid);
      const doubt = this.#doubts.get(uid);
      if (doubt === undefined) continue;
      left -= doubt.numbers.length;
      if (isSame(judge(doubt.pod), doubt.before)) continue;
      this.#delete(uid);
      onChange(doubt.pod);
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
