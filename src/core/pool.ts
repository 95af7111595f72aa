import { Bitmap, GROUP } from './bitmap.ts';
import { intersectRanges, rangesSize } from './range.ts';
import type { PortRange } from './range.ts';
import type { StrategyName } from './strategy/index.ts';

/** A pool as the planner needs it: its numbers, and how they are chosen. */
export interface Pool {
  readonly name: string;
  /** The numbers that can be handed out: ranges less exclusions and overlaps; merged, ascending. */
  readonly usable: readonly PortRange[];
  readonly strategy: StrategyName;
  /** Seconds in which a released number is kept from others. */
  readonly cooldown: number;
  /** Only for a part of a pool: its lowest number. */
  readonly from?: number;
}

/** The pool of a number that was claimed without a pool; no pool can have this name. */
export const NO_POOL = '-';

/** The part of `pool` from the number `from` up. */
export function poolFrom(pool: Pool, from: number): Pool {
  return { ...pool, from, usable: intersectRanges(pool.usable, [{ first: from, last: 65535 }]) };
}

/** How many numbers a pool can hand out in one domain. */
export function poolSize(pool: Pool): number {
  return rangesSize(pool.usable);
}

/** The number of bit 0 in the bitmaps of `pool`: a multiple of 64, so that groups of bits are blocks of the ledger. */
export function poolOrigin(pool: Pool): number {
  const first = pool.usable[0]?.first ?? 0;
  return first - (first % GROUP);
}

/** An empty bitmap that spans the numbers of `pool`. */
export function poolBitmap(pool: Pool): Bitmap {
  const last = pool.usable.at(-1)?.last ?? 0;
  return new Bitmap(last - poolOrigin(pool) + 1);
}
