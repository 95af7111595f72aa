import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { HIGHEST_PORT, LOWEST_PORT, isPortNumber } from './port.ts';

/** Consecutive numbers, both ends included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const RANGE = /^(\d{1,5})(?:-(\d{1,5}))?$/;

/** Reads `"a-b"` or `"a"`. The refusal says what to write instead. */
export function parseRange(text: string): Result<PortRange, string> {
  const match = RANGE.exec(text);
  if (match === null) return err(`"${text}" is no range: write "20000-29999" or "20000"`);
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  if (!isPortNumber(first) || !isPortNumber(last)) {
    return err(`"${text}" leaves the numbers of ports: write numbers from ${LOWEST_PORT} to ${HIGHEST_PORT}`);
  }
  if (first > last) return err(`"${text}" is reversed: write "${last}-${first}"`);
  return ok({ first, last });
}

/** Reads every one of `texts`; the first refusal stands for all. */
export function parseRanges(texts: readonly string[]): Result<readonly PortRange[], string> {
  const ranges: PortRange[] = [];
  for (const text of texts) {
    const range = parseRange(text);
    if (!range.ok) return range;
    ranges.push(range.value);
  }
  return ok(mergeRanges(ranges));
}

/** In ascending order, with overlapping and adjacent ranges merged. */
export function mergeRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const merged: PortRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before !== undefined && range.first <= before.last + 1) {
      merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
    } else {
      merged.push(range);
    }
  }
  return merged;
}

/** What of `ranges` is not in `taken`. */
export function subtractRanges(ranges: readonly PortRange[], taken: readonly PortRange[]): readonly PortRange[] {
  let rest = mergeRanges(ranges);
  for (const cut of mergeRanges(taken)) {
    rest = rest.flatMap((range) => {
      if (cut.last < range.first || cut.first > range.last) return [range];
      const kept: PortRange[] = [];
      if (range.first < cut.first) kept.push({ first: range.first, last: cut.first - 1 });
      if (range.last > cut.last) kept.push({ first: cut.last + 1, last: range.last });
      return kept;
    });
  }
  return rest;
}

/** What `left` and `right` share. */
export function intersectRanges(left: readonly PortRange[], right: readonly PortRange[]): readonly PortRange[] {
  return subtractRanges(left, subtractRanges(left, right));
}

/** How many numbers merged `ranges` hold. */
export function rangesSize(ranges: readonly PortRange[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** Whether one of `ranges` holds `number`. */
export function rangesInclude(ranges: readonly PortRange[], number: number): boolean {
  return ranges.some(({ first, last }) => number >= first && number <= last);
}

/** The number at `position` (from 0) of merged `ranges`, wrapping round their end. */
export function numberAt(ranges: readonly PortRange[], position: number): number | undefined {
  const size = rangesSize(ranges);
  let left = size === 0 ? -1 : position % size;
  for (const { first, last } of ranges) {
    if (left >= 0 && left <= last - first) return first + left;
    left -= last - first + 1;
  }
  return undefined;
}

/** As a person writes them: `20000-29999, 31000`. */
export function printRanges(ranges: readonly PortRange[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}
