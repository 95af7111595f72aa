import type { Random } from '../base/random.ts';
import { GROUP } from './bitmap.ts';
import type { Bitmap } from './bitmap.ts';
import type { Pool } from './pool.ts';

/**
 * Where a manager takes numbers for indifferent requests, so that several managers don't write one block of the ledger
 * at the same time. As long as it meets no other manager it has no preference. After that it takes them upward from
 * some place among the free numbers, and moves to another place when it meets another manager again.
 * Lives as long as its manager, for one domain. It is only a preference: a choice that begins there may end anywhere.
 */
export class Stretches {
  readonly #random: Random;
  /** Undefined until another manager was met. A changed pool is another object, and has no stretch yet. */
  #begins: WeakMap<Pool, number> | undefined;
  /** The first number of the block in which another manager was met last. */
  #met = 0;
  /** The first numbers of the blocks from which this write takes numbers. */
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
