/** How many received bytes there may be at once, over all requests. */
export interface BudgetLimits {
  readonly totalBytes: number;
  /** Of these, how many are kept for small bodies, so that large ones starve nobody. */
  readonly smallShareBytes: number;
  /** A body is small that says it is smaller than this. */
  readonly smallBytes: number;
}

const MEBIBYTE = 1024 * 1024;

/**
 * 64 MiB, twenty of the largest bodies at once, and 16 MiB of them for bodies of less than 256 KiB, as nearly all
 * reviews are.
 */
export const usualBudget: BudgetLimits = {
  totalBytes: 64 * MEBIBYTE,
  smallShareBytes: 16 * MEBIBYTE,
  smallBytes: 256 * 1024,
};

/** What one body has taken; disposing gives it back. */
export interface Allowance extends Disposable {
  /** Takes room for bytes that have come; false where there is none, and then nothing is taken. */
  take(bytes: number): boolean;
}

/**
 * The bytes of bodies that were received and aren't done with. What has come counts, not what a sender says will come:
 * nobody takes room by words alone.
 */
export class BodyBudget {
  readonly #limits: BudgetLimits;
  #small = 0;
  #large = 0;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  /** @param length of the body in bytes, as its sender says; undefined: it doesn't, and the body counts as large */
  open(length: number | undefined): Allowance {
    const isSmall = length !== undefined && length < this.#limits.smallBytes;
    let taken = 0;
    const take = (bytes: number): void => {
      taken += bytes;
      if (isSmall) this.#small += bytes;
      else this.#large += bytes;
    };
    return {
      take: (bytes) => {
        const fits = this.#fits(bytes, isSmall);
        if (fits) take(bytes);
        return fits;
      },
      [Symbol.dispose]: () => take(-taken),
    };
  }

  #fits(bytes: number, isSmall: boolean): boolean {
    const { totalBytes, smallShareBytes } = this.#limits;
    if (this.#small + this.#large + bytes > totalBytes) return false;
    return isSmall || this.#large + bytes <= totalBytes - smallShareBytes;
  }
}
