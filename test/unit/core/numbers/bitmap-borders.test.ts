import { describe, expect, test } from '@jest/globals';
import { InvariantError } from '../../../../src/base/result.ts';
import { Bitmap, GROUP } from '../../../../src/core/index.ts';

/** Around the borders of words (32), groups (64), spans of groups (1024), the upper levels (32², 32³) and of all ports. */
const LENGTHS = [1, 2, 31, 32, 33, 63, 64, 65, 1023, 1024, 1025, 2048, 32767, 32768, 32769, 65472, 65536];
const SPAN = 1024;
const BORDERS = [0, 1, 31, 32, 33, 63, 64, 65, 127, 128, 1023, 1024, 1025, 2047, 2048, 32767, 32768, 65471, 65535];

describe.each(LENGTHS)('a bitmap of %d numbers', (length) => {
  const offsets = [...new Set([...BORDERS, length - 2, length - 1])].filter((offset) => offset >= 0 && offset < length);

  test('finds its only member from every border', () => {
    for (const member of offsets) {
      const bitmap = new Bitmap(length);
      bitmap.add(member);
      for (const from of [...offsets, length]) {
        const expected = from <= member ? member : -1;
        expect({ member, from, next: bitmap.next(from) }).toEqual({ member, from, next: expected });
      }
      expect(bitmap.at(0)).toBe(member);
      expect(bitmap.countInGroup(Math.floor(member / GROUP))).toBe(1);
    }
  });

  test('finds its only gap from every border', () => {
    const bitmap = full(length);
    for (const gap of offsets) {
      bitmap.delete(gap);
      for (const from of [...offsets, length]) {
        const expected = from <= gap ? gap : length;
        expect({ gap, from, next: bitmap.nextGap(from) }).toEqual({ gap, from, next: expected });
      }
      bitmap.add(gap);
    }
    expect([0, length - 1, length, length + 1].map((from) => bitmap.nextGap(from))).toEqual(Array(4).fill(length));
  });

  test('finds what is left after the rest was taken away', () => {
    const bitmap = full(length);
    const left = new Set(offsets);
    for (let index = 0; index < length; index++) if (!left.has(index)) bitmap.delete(index);
    for (const gone of offsets) {
      bitmap.delete(gone);
      left.delete(gone);
      const expected = [...left].sort((one, other) => one - other)[0] ?? -1;
      expect({ gone, next: bitmap.next(0), size: bitmap.size }).toEqual({ gone, next: expected, size: left.size });
    }
  });

  test('holds all, counts them by group, and is empty again', () => {
    const bitmap = full(length);
    const lastGroup = Math.ceil(length / GROUP) - 1;
    expect([bitmap.size, bitmap.spans]).toEqual([length, Math.ceil(length / SPAN)]);
    expect(bitmap.countInGroup(lastGroup)).toBe(length - lastGroup * GROUP);
    expect(bitmap.countInSpan(bitmap.spans - 1)).toBe(length - (bitmap.spans - 1) * SPAN);
    for (const offset of offsets) expect([bitmap.at(offset), bitmap.next(offset)]).toEqual([offset, offset]);
    for (let index = 0; index < length; index++) bitmap.delete(index);
    expect([bitmap.size, bitmap.next(0), bitmap.nextGap(0)]).toEqual([0, -1, 0]);
  });

  test('has nothing outside of itself and takes nothing there', () => {
    const bitmap = full(length);
    expect([-1, length, length + 1, length + 31, length + 64].filter((index) => bitmap.has(index))).toEqual([]);
    expect([
      bitmap.next(length),
      bitmap.next(length + 1),
      bitmap.countInGroup(length),
      bitmap.countInSpan(bitmap.spans),
    ]).toEqual([-1, -1, 0, 0]);
    for (const index of [-1, length]) expect(() => bitmap.add(index)).toThrow(InvariantError);
    expect(() => bitmap.at(length)).toThrow(InvariantError);
    expect(() => bitmap.at(-1)).toThrow(InvariantError);
  });
});

test('an empty bitmap has no members and no spans', () => {
  const bitmap = new Bitmap(0);
  expect([bitmap.size, bitmap.spans, bitmap.next(0), bitmap.nextGap(0)]).toEqual([0, 0, -1, 0]);
});

function full(length: number): Bitmap {
  const bitmap = new Bitmap(length);
  for (let index = 0; index < length; index++) bitmap.add(index);
  return bitmap;
}
