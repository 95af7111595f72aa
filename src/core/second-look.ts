import { familyOf } from './address.ts';
import type { Bitmap } from './bitmap.ts';
import type { Binding } from './conflict.ts';
import type { FreeSpace } from './free-space.ts';

/**
 * The numbers that one request may share with others, less those on which its holder has something itself: one set for
 * all addresses of a family, because a request may have another address for each port.
 */
export class SecondLook {
  readonly #space: FreeSpace;
  readonly #own: Bitmap;
  /** By protocols, and wildcard or family. */
  readonly #wide = new Map<string, Bitmap>();

  /** @param own the numbers on which the holder has something; this look adds to them what it is told of */
  constructor(space: FreeSpace, own: Bitmap) {
    this.#space = space;
    this.#own = own;
  }

  /** The numbers that fit `binding`, as of now. */
  fitting(binding: Binding): Bitmap {
    const { protocols, address } = binding;
    const family = familyOf(address);
    if (family === undefined) return this.#of(binding);
    return this.#space.openTo(binding, this.#of({ protocols, address: family }));
  }

  /** To be told of each number that the request takes. */
  took(number: number): void {
    if (!this.#space.includes(number)) return;
    const at = number - this.#space.origin;
    this.#own.add(at);
    for (const fitting of this.#wide.values()) fitting.delete(at);
  }

  #of(binding: Binding): Bitmap {
    const key = `${binding.protocols} ${binding.address}`;
    let fitting = this.#wide.get(key);
    if (fitting !== undefined) return fitting;
    fitting = this.#space.fitting(binding).without(this.#own);
    this.#wide.set(key, fitting);
    return fitting;
  }
}
