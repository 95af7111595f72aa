/** How many received bytes may be in memory at once, over all requests. */
export interface BudgetLimits {
  readonly totalBytes: number;
  /** How many of these are kept for small bodies, so that large ones can't use up everything. */
  readonly smallShareBytes: number;
  /** A body is small if its sender says that it is smaller than this. */
  readonly smallBytes: number;
}

const MEBIBYTE = 1024 * 1024;

/** 64 MiB, twenty of the largest bodies at once; 16 MiB of them for bodies under 256 KiB, as nearly all reviews are. */
export const usualBudget: BudgetLimits = {
  totalBytes: 64 * MEBIBYTE,
  smallShareBytes: 16 * MEBIBYTE,
  smallBytes: 256 * 1024,
};

/** The room that one body has taken; disposing gives it back. */
export interface Allowance extends Disposable {
  /** Takes room for received bytes; false if there is none, and then nothing is taken. */
  take(bytes: number): boolean;
}

/**
 * The bytes of bodies that were received and aren't handled yet. Only received bytes count, not announced ones: an
 * announcement alone takes no room.
 */
export class BodyBudget {
  readonly #limits: BudgetLimits;
  #small = 0;
  #large = 0;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  /** @param length of the body in bytes, according to its sender; undefined: not known, and the body counts as large */
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
