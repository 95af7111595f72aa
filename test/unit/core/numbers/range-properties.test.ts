import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { intersectRanges, mergeRanges, numberAt, rangesSize, subtractRanges } from '../../../../src/core/index.ts';
import type { PortRange } from '../../../../src/core/index.ts';
import { anyRanges } from '../../../support/arbitraries/range.ts';
import { ranges } from '../make.ts';

function members(of: readonly PortRange[]): number[] {
  const all = of.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, at) => first + at));
  return [...new Set(all)].sort((left, right) => left - right);
}

describe('ranges behave as sets of numbers', () => {
  test('when they are merged, and are then ascending with a gap between each two', () => {
    fc.assert(
      fc.property(anyRanges, (some) => {
        const merged = mergeRanges(some);
        expect(members(merged)).toEqual(members(some));
        expect(rangesSize(merged)).toBe(members(some).length);
        merged.slice(1).forEach((range, at) => expect(range.first).toBeGreaterThan((merged[at]?.last ?? 0) + 1));
      }),
    );
  });

  test('when one is taken from the other, or what they share is asked', () => {
    fc.assert(
      fc.property(anyRanges, anyRanges, (left, right) => {
        const taken = new Set(members(right));
        expect(members(subtractRanges(left, right))).toEqual(members(left).filter((number) => !taken.has(number)));
        expect(members(intersectRanges(left, right))).toEqual(members(left).filter((number) => taken.has(number)));
      }),
    );
  });

  test('of which each position has its number, round and round', () => {
    fc.assert(
      fc.property(anyRanges, fc.nat(1000), (some, position) => {
        const all = members(some);
        expect(numberAt(mergeRanges(some), position)).toBe(all[position % all.length]);
      }),
    );
  });
});

describe('the number at a position', () => {
  test.each([
    ['10-12 20', 0, 10],
    ['10-12 20', 2, 12],
    ['10-12 20', 3, 20],
    ['10-12 20', 4, 10],
    ['10-12 20', 7, 20],
    ['65535', 123, 65535],
    ['', 0, undefined],
  ])('of "%s" at %d', (text, position, number) => {
    expect(numberAt(ranges(text), position)).toBe(number);
  });
});
