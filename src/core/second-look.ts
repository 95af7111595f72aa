import { familyOf } from './address.ts';
import type { Bitmap } from './bitmap.ts';
import { bindingKey } from './conflict.ts';
import type { Binding } from './conflict.ts';
import type { FreeSpace } from './free-space.ts';

/** Of so many single addresses the numbers are kept while a request chooses; the oldest are forgotten. */
const MOST_ADDRESSES = 16;

/**
 * The numbers that one request may share with others, less those on which its holder has something itself: one set for
 * all addresses of a family, because a request may have another address for each port.
 */
export class SecondLook {
  readonly #space: FreeSpace;
  readonly #own: Bitmap;
  /** By protocols, and wildcard or family. */
  readonly #wide = new Map<string, Bitmap>();
  /** By protocols and address, where those are other numbers than all of the family. */
  readonly #narrow = new Map<string, Bitmap>();

  /** @param own the numbers on which the holder has something; this look adds to them what it is told of */
  constructor(space: FreeSpace, own: Bitmap) {
    this.#space = space;
    this.#own = own;
  }

  /** The numbers that fit `binding`, as of now. */
  fitting(binding: Binding): Bitmap {
    const { protocols, address } = binding;
    const family = familyOf(address);
    if (family === undefined) return this.#look(binding);
    const key = bindingKey(binding);
    const known = this.#narrow.get(key);
    if (known !== undefined) return known;
    const wide = this.#look({ protocols, address: family });
    const fitting = this.#space.openTo(binding, wide);
    if (fitting === wide) return wide;
    const [oldest] = this.#narrow.keys();
    if (this.#narrow.size >= MOST_ADDRESSES && oldest !== undefined) this.#narrow.delete(oldest);
    this.#narrow.set(key, fitting);
    return fitting;
  }

  /** To be told of each number that the request takes. */
  took(number: number): void {
    if (!this.#space.includes(number)) return;
    const at = number - this.#space.origin;
    this.#own.add(at);
    for (const fitting of this.#wide.values()) fitting.delete(at);
    for (const fitting of this.#narrow.values()) fitting.delete(at);
  }

  #look(binding: Binding): Bitmap {
    const key = bindingKey(binding);
    let fitting = this.#wide.get(key);
    if (fitting !== undefined) return fitting;
    fitting = this.#space.fitting(binding).without(this.#own);
    this.#wide.set(key, fitting);
    return fitting;
  }
}
