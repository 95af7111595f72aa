import type { Random } from '../base/random.ts';
import { GROUP } from './bitmap.ts';
import type { Bitmap } from './bitmap.ts';
import type { Pool } from './pool.ts';

/**
 * Where a manager takes numbers whose value matters to nobody, so that several managers don't write one block of the ledger
 * at once. As long as it meets nobody it has no preference; from then on it takes them from somewhere among the free numbers
 * upward, and from somewhere else when it meets somebody again.
 *
 * Lives as long as its manager, for one domain. It is a preference alone: whoever begins there goes on wherever there is room.
 */
export class Stretches {
  readonly #random: Random;
  /** Undefined until somebody was met. A pool that changes is another value, and the stretch of the old one goes with it. */
  #begins: WeakMap<Pool, number> | undefined;
  /** The first number of the block in which somebody was met last. */
  #met = 0;
  /** First numbers of the blocks from which numbers were taken in this write. */
  readonly #blocks = new Set<number>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** The number at which a choice of `pool` begins, of whose numbers `free`, from `origin` up, are free; undefined: anywhere. */
  beginOf(pool: Pool, free: Bitmap, origin: number): number | undefined {
    if (this.#begins === undefined || free.size === 0) return undefined;
    const known = this.#begins.get(pool);
    if (known !== undefined) return known;
    const begin = this.#draw(free, origin);
    this.#begins.set(pool, begin);
    return begin;
  }

  /** To be told when a write is planned. */
  beginWrite(): void {
    this.#blocks.clear();
  }

  /** To be told of a number that was taken where it matters to nobody. */
  took(number: number): void {
    this.#blocks.add(blockWith(number));
  }

  /** To be told that somebody else has written the block from `first` meanwhile. */
  met(first: number): void {
    if (!this.#blocks.has(first)) return;
    this.#begins = new WeakMap();
    this.#met = first;
  }

  /** A block, with the chance of what is free in it; the one behind it where somebody was just met, if there is another. */
  #draw(free: Bitmap, origin: number): number {
    const drawn = blockWith(origin + free.at(this.#random.below(free.size)));
    if (drawn !== this.#met) return drawn;
    const behind = free.next(drawn + GROUP - origin);
    return blockWith(origin + (behind >= 0 ? behind : free.next(0)));
  }
}

function blockWith(number: number): number {
  return number - (number % GROUP);
}
