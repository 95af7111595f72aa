import type { Random } from '../../src/base/random.ts';

/** From a to b, both included, in milliseconds. */
export type Span = readonly [from: number, to: number];

/** One of a list that isn't empty. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.below(list.length)] as T;
}

/** A whole number of a span. */
export function within(random: Random, [from, to]: Span): number {
  return from + random.below(to - from + 1);
}

/** True so many times of a hundred. */
export function happens(random: Random, percent: number): boolean {
  return random.below(100) < percent;
}

/** As many as `count` gives, each made anew. */
export function several<T>(count: number, make: (at: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}
