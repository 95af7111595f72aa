import type { Random } from '../../base/random.ts';
import type { Bitmap } from '../bitmap.ts';
import type { Holder } from '../holder.ts';

/** What a choice may depend on. */
export interface Choice {
  /** The members are free; bit 0 is `origin`. */
  readonly free: Bitmap;
  /** How many consecutive numbers; at least 1. */
  readonly count: number;
  /** The bit at which an ordered choice begins; lower numbers are taken only if there is no higher one. */
  readonly start: number;
  /**
   * For an indifferent request: the bit at which an ordered choice begins instead, and in whose group other strategies
   * choose. Undefined: no preference.
   */
  readonly stretch: number | undefined;
  /** The request. */
  readonly pool: string;
  readonly holder: Holder;
  readonly port: string;
  readonly random: Random;
  /** Shared by the requests of one write, so that their choices can be close to each other. */
  readonly roundState: RoundState;
}

/** A memory that lives as long as one write. */
export interface RoundState {
  /** The group of 64 in which the last free choice settled. */
  group?: number;
  /** Where the walks for a namespace begin. */
  near?: { readonly namespace: string; readonly hash: number };
}

/**
 * A way to choose among free numbers. Must find a place whenever there is one: returning -1 means that no `count`
 * consecutive members exist.
 */
export interface Strategy {
  /** What a holder gets, for the description of the resources: the end of a sentence that begins with the strategy's name. */
  readonly gives: string;
  choose(choice: Choice): number;
}

/** The start of the first run of `count` consecutive members at or after `from`, or -1. */
export function nextRun(free: Bitmap, count: number, from: number): number {
  let start = free.next(from);
  while (start >= 0 && count > 1) {
    const gap = free.nextGap(start);
    if (gap - start >= count) return start;
    start = free.next(gap);
  }
  return start;
}

/** As {@link nextRun}, and from the lowest number again when there is none above. */
export function nextRunAround(free: Bitmap, count: number, from: number): number {
  const above = nextRun(free, count, from);
  return above >= 0 || from === 0 ? above : nextRun(free, count, 0);
}
