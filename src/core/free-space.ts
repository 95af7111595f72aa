import { familyOf } from './address.ts';
import type { Bitmap } from './bitmap.ts';
import type { Claim } from './claim.ts';
import { bindingKey, isOpenTo } from './conflict.ts';
import type { Binding } from './conflict.ts';
import { NumbersByAddress } from './numbers-by-address.ts';
import { poolBitmap, poolOrigin } from './pool.ts';
import type { Pool } from './pool.ts';

/** The claims of a domain on one of its numbers. */
export type ClaimsOf = (number: number) => readonly Claim[];

interface Look {
  readonly binding: Binding;
  readonly numbers: Bitmap;
}

/**
 * Which numbers of a pool are free in a domain, kept up to date while claims come and go.
 *
 * 1. `untouched` holds exactly the pool's numbers on which there is no claim at all.
 * 2. {@link fitting} holds exactly those on which there is room for `binding`; it is built on the first call,
 *    because it is only needed when nothing is untouched.
 */
export class FreeSpace {
  readonly pool: Pool;
  readonly origin: number;
  readonly untouched: Bitmap;
  readonly #usable: Bitmap;
  readonly #claimsOf: ClaimsOf;
  /** By protocols, and wildcard or family: there are few of these, and each needs a look at all numbers. */
  readonly #wide = new Map<string, Look>();
  /** The numbers claimed at single addresses; computed at the first use. */
  #byAddress: NumbersByAddress | undefined;

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

  /** The numbers that `binding` may share with the claims on them; for a single address as of now. */
  fitting(binding: Binding): Bitmap {
    const { protocols, address } = binding;
    const family = familyOf(address);
    return family === undefined
      ? this.#look(binding)
      : this.openTo(binding, this.#look({ protocols, address: family }));
  }

  /**
   * Those of `fitting` that fit the single address of `binding`, if `fitting` fits its family; `fitting` itself if all
   * do.
   */
  openTo(binding: Binding, fitting: Bitmap): Bitmap {
    return (this.#byAddress ??= this.#findAddresses()).openTo(binding, fitting);
  }

  /** To be called whenever the claims on `number` changed. */
  refresh(number: number, claims: readonly Claim[]): void {
    const at = number - this.origin;
    if (!this.#usable.has(at)) return;
    if (claims.length === 0) this.untouched.add(at);
    else this.untouched.delete(at);
    this.#byAddress?.refresh(at, claims);
    for (const look of this.#wide.values()) renew(look, at, claims);
  }

  #look(binding: Binding): Bitmap {
    const key = bindingKey(binding);
    const known = this.#wide.get(key);
    if (known !== undefined) return known.numbers;
    const numbers = poolBitmap(this.pool);
    for (let at = this.#usable.next(0); at >= 0; at = this.#usable.next(at + 1)) {
      if (isOpenTo(this.#claimsOf(this.origin + at), binding)) numbers.add(at);
    }
    this.#wide.set(key, { binding, numbers });
    return numbers;
  }

  #findAddresses(): NumbersByAddress {
    const found = new NumbersByAddress(this.#usable.length);
    for (let at = this.#usable.next(0); at >= 0; at = this.#usable.next(at + 1)) {
      found.refresh(at, this.#claimsOf(this.origin + at));
    }
    return found;
  }
}

function renew({ binding, numbers }: Look, at: number, claims: readonly Claim[]): void {
  if (isOpenTo(claims, binding)) numbers.add(at);
  else numbers.delete(at);
}
