import type { Clock } from '../../base/clock.ts';
import type { Pod } from '../../kube/index.ts';
import type { GivenPod } from './decide.ts';
import { isFindable } from './endpoint.ts';
import type { Entitlement } from './entitled.ts';

/** What {@link Doubts} needs. */
export interface DoubtsParts {
  readonly clock: Clock;
  /** The numbers that the ledger has for a pod now. */
  readonly judge: (pod: Pod) => Entitlement;
  /** Called with each pod for which the ledger says something else than before. */
  readonly onChange: (pod: Pod) => void;
}

/** The doubtful ones among some pods. */
export interface NotedDoubts {
  /** Those that have been doubtful for {@link PATIENCE_MS}. */
  readonly lasting: readonly GivenPod[];
  /** In how many milliseconds the next one will have been; undefined if there is none. */
  readonly nextMs?: number;
}

/** Changes of the ledger within this time, in milliseconds, are handled together. */
const SETTLE_MS = 300;
/**
 * How many numbers are handled at once, not counting those of one more pod: a few milliseconds of work, however many
 * there are.
 */
const MOST_AT_ONCE = 10_000;
/** One cache may be behind the other for some seconds, which shouldn't be reported. */
const PATIENCE_MS = 5_000;

interface Doubt {
  readonly pod: Pod;
  readonly before: Entitlement;
  readonly since: number;
  /** The numbers that the pod says it was assigned. */
  readonly numbers: readonly number[];
}

/**
 * Pods that say they were assigned numbers which the ledger doesn't have for them. The ledger is seen through another
 * watch than the pods, and may be behind: when it changes these pods are judged again, and no others.
 */
export class Doubts implements Disposable {
  readonly #parts: DoubtsParts;
  /** By UID. */
  readonly #doubts = new Map<string, Doubt>();
  /** UIDs, by the numbers of the pods. */
  readonly #byNumber = new Map<number, Set<string>>();
  /** UIDs of the pods whose numbers have changed in the ledger since they were judged. */
  readonly #due = new Set<string>();
  #next: Disposable | undefined;

  constructor(parts: DoubtsParts) {
    this.#parts = parts;
  }

  /**
   * Remembers which of `pods` are doubtful. A pod that no longer is stays until {@link ledgerChanged} has it judged
   * again.
   */
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

  /** To be called with a pod that is deleted, or can't be found any longer. */
  forget({ metadata }: Pod): void {
    this.#delete(metadata.uid);
  }

  /** To be called with the numbers whose claims have changed in the ledger. */
  ledgerChanged(numbers: Iterable<number>): void {
    if (this.#doubts.size === 0) return;
    for (const number of numbers) for (const uid of this.#byNumber.get(number) ?? []) this.#due.add(uid);
    this.#lookSoon();
  }

  [Symbol.dispose](): void {
    this.#next?.[Symbol.dispose]();
  }

  /** @returns since when the pod has been doubtful, in milliseconds of the monotonic clock */
  #keep({ pod, told }: GivenPod, now: number): number {
    const { uid } = pod.metadata;
    const known = this.#doubts.get(uid);
    const since = known?.since ?? now;
    // Its numbers for ports that another Service publishes count as well.
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
