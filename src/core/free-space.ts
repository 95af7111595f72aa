import type { Bitmap } from './bitmap.ts';
import type { Claim } from './claim.ts';
import { firstConflict } from './conflict.ts';
import type { Binding } from './conflict.ts';
import { poolBitmap, poolOrigin } from './pool.ts';
import type { Pool } from './pool.ts';

/** What a domain tells of one of its numbers. */
export type ClaimsOf = (number: number) => readonly Claim[];

/** How many second looks are kept up to date at once; the oldest is forgotten. */
const SECOND_LOOKS = 8;

/**
 * Which numbers of a pool are free in a domain, kept up to date while claims come and go.
 *
 * 1. `untouched` holds exactly the pool's numbers on which there is no claim at all.
 * 2. {@link fitting} holds exactly those on which `binding` conflicts with nothing; it is built on the first call,
 *    because it is only needed when nothing is untouched.
 */
export class FreeSpace {
  readonly pool: Pool;
  readonly origin: number;
  readonly untouched: Bitmap;
  readonly #usable: Bitmap;
  readonly #claimsOf: ClaimsOf;
  readonly #fitting = new Map<string, { binding: Binding; numbers: Bitmap }>();

  constructor(pool: Pool, claimsOf: ClaimsOf) {
    this.pool = pool;
    this.origin = poolOrigin(pool);
    this.#claimsOf = claimsOf;
    this.#usable = poolBitmap(pool);
    this.untouched = poolBitmap(pool);
    for (const { first, last } of pool.usable) {
      for (let number = first; number <= last; number++) {
        this.#usable.add(number - this.origin);
        if (claimsOf(number).length === 0) this.untouched.add(number - this.origin);
      }
    }
  }

  /** Whether the pool hands out `number`. */
  includes(number: number): boolean {
    return this.#usable.has(number - this.origin);
  }

  /** The numbers that `binding` may share with the claims that are on them. */
  fitting(binding: Binding): Bitmap {
    const key = `${binding.protocols} ${binding.address}`;
    const known = this.#fitting.get(key);
    if (known !== undefined) return known.numbers;
    const numbers = poolBitmap(this.pool);
    for (let at = this.#usable.next(0); at >= 0; at = this.#usable.next(at + 1)) {
      if (firstConflict(this.#claimsOf(this.origin + at), binding) === undefined) numbers.add(at);
    }
    const [oldest] = this.#fitting.keys();
    if (this.#fitting.size >= SECOND_LOOKS && oldest !== undefined) this.#fitting.delete(oldest);
    this.#fitting.set(key, { binding, numbers });
    return numbers;
  }

  /** To be told whenever the claims on `number` changed. */
  refresh(number: number, claims: readonly Claim[]): void {
    const at = number - this.origin;
    if (!this.#usable.has(at)) return;
    if (claims.length === 0) this.untouched.add(at);
    else this.untouched.delete(at);
    for (const { binding, numbers } of this.#fitting.values()) {
      if (firstConflict(claims, binding) === undefined) numbers.add(at);
      else numbers.delete(at);
    }
  }
}
