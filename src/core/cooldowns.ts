import type { Claim } from './claim.ts';

/** When claims stop cooling, by the second, so that many endings need few looks. */
export class Cooldowns {
  readonly #byEnding = new Map<number, Set<Claim>>();
  #next: number | undefined = Infinity;

  /** When the next cooldown ends, in seconds; Infinity if nothing cools. */
  get next(): number {
    return (this.#next ??= [...this.#byEnding.keys()].reduce((least, ending) => Math.min(least, ending), Infinity));
  }

  add(claim: Claim): void {
    const ending = this.#byEnding.get(claim.time);
    if (ending === undefined) this.#byEnding.set(claim.time, new Set([claim]));
    else ending.add(claim);
    if (this.#next !== undefined) this.#next = Math.min(this.#next, claim.time);
  }

  /** Deleting what doesn't cool is a no-op. */
  delete(claim: Claim): void {
    const ending = this.#byEnding.get(claim.time);
    ending?.delete(claim);
    if (ending?.size !== 0) return;
    this.#byEnding.delete(claim.time);
    if (this.#next === claim.time) this.#next = undefined;
  }

  /** The numbers whose claims have cooled down by `now`, each once. */
  endedBy(now: number): ReadonlySet<number> {
    const numbers = new Set<number>();
    for (const [ending, claims] of this.#byEnding) {
      if (ending <= now) for (const { number } of claims) numbers.add(number);
    }
    return numbers;
  }
}
