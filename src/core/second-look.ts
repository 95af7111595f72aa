import type { Bitmap } from './bitmap.ts';
import type { Binding } from './conflict.ts';
import type { FreeSpace } from './free-space.ts';

/** Up to so many numbers are taken out for the time of a choice; where an address has more, it has a set of its own. */
const FEW = 256;

/** Of how many addresses such sets are kept; the oldest is forgotten. */
const MOST_ADDRESSES = 32;

/**
 * The numbers that one request may share with others, less those on which its holder has something itself: one set for
 * all addresses of a family, because a request may have another address for each port.
 */
export class SecondLook {
  readonly #space: FreeSpace;
  readonly #own: Bitmap;
  /** By protocols, and wildcard or family. */
  readonly #wide = new Map<string, Bitmap>();
  readonly #narrow = new Map<string, Bitmap>();

  /** @param own the numbers on which the holder has something; this look adds to them what it is told of */
  constructor(space: FreeSpace, own: Bitmap) {
    this.#space = space;
    this.#own = own;
  }

  /** What `choose` makes of the numbers that fit `binding`; it must not keep them. */
  among<T>(binding: Binding, choose: (fitting: Bitmap) => T): T {
    const { family, without } = this.#space.exceptions(binding);
    if (without.length > FEW) return choose(this.#of(this.#narrow, binding));
    const wide = this.#of(this.#wide, family);
    const taken = without.filter((at) => wide.has(at));
    for (const at of taken) wide.delete(at);
    try {
      return choose(wide);
    } finally {
      for (const at of taken) wide.add(at);
    }
  }

  /** To be told of each number that the request takes. */
  took(number: number): void {
    if (!this.#space.includes(number)) return;
    const at = number - this.#space.origin;
    this.#own.add(at);
    for (const fitting of this.#wide.values()) fitting.delete(at);
    for (const fitting of this.#narrow.values()) fitting.delete(at);
  }

  #of(known: Map<string, Bitmap>, binding: Binding): Bitmap {
    const key = `${binding.protocols} ${binding.address}`;
    let fitting = known.get(key);
    if (fitting !== undefined) return fitting;
    const [oldest] = known.keys();
    if (known.size >= MOST_ADDRESSES && oldest !== undefined) known.delete(oldest);
    fitting = this.#space.fitting(binding).without(this.#own);
    known.set(key, fitting);
    return fitting;
  }
}
