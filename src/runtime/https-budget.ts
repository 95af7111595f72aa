/** How many received bytes may be in memory at once, for all requests together. */
export interface BudgetLimits {
  readonly totalBytes: number;
  /** The part of the total that is reserved for small bodies, so that large ones can't take all of it. */
  readonly smallShareBytes: number;
  /** A body counts as small if its announced length is less than this. */
  readonly smallBytes: number;
}

const MEBIBYTE = 1024 * 1024;

/**
 * 64 MiB, which is twenty of the largest bodies at once. 16 MiB of it are for bodies of less than 256 KiB, as nearly
 * all reviews are.
 */
export const usualBudget: BudgetLimits = {
  totalBytes: 64 * MEBIBYTE,
  smallShareBytes: 16 * MEBIBYTE,
  smallBytes: 256 * 1024,
};

/** What one body has taken from the budget. Disposing returns it. */
export interface Allowance extends Disposable {
  /** Takes room for bytes that have arrived. Returns false, and takes nothing, if there isn't enough. */
  take(bytes: number): boolean;
}

/**
 * Counts the bytes of bodies that have been received and are still in use. Announced bytes don't count, so that nobody
 * can take room without sending.
 */
export class BodyBudget {
  readonly #limits: BudgetLimits;
  #small = 0;
  #large = 0;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  /** @param length the announced length in bytes; a body without one counts as large */
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
