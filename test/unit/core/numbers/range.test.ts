import { describe, expect, test } from '@jest/globals';
import {
  intersectRanges,
  mergeRanges,
  parseRange,
  parseRanges,
  printRanges,
  rangesInclude,
  rangesSize,
  subtractRanges,
} from '../../../../src/core/index.ts';
import { ranges } from '../make.ts';

describe('a range is read', () => {
  test.each([
    ['20000-29999', { first: 20000, last: 29999 }],
    ['20000', { first: 20000, last: 20000 }],
    ['1-65535', { first: 1, last: 65535 }],
    ['7-7', { first: 7, last: 7 }],
  ])('from "%s"', (text, value) => {
    expect(parseRange(text)).toEqual({ ok: true, value });
  });

  test.each([
    ['', '"" is no range: write "20000-29999" or "20000"'],
    ['games', '"games" is no range: write "20000-29999" or "20000"'],
    ['20000-', '"20000-" is no range: write "20000-29999" or "20000"'],
    ['-1', '"-1" is no range: write "20000-29999" or "20000"'],
    ['20000 - 29999', '"20000 - 29999" is no range: write "20000-29999" or "20000"'],
    ['1-2-3', '"1-2-3" is no range: write "20000-29999" or "20000"'],
    ['2e4', '"2e4" is no range: write "20000-29999" or "20000"'],
    ['20000\n', '"20000\n" is no range: write "20000-29999" or "20000"'],
    ['100000', '"100000" is no range: write "20000-29999" or "20000"'],
    ['0', '"0" leaves the numbers of ports: write numbers from 1 to 65535'],
    ['0-10', '"0-10" leaves the numbers of ports: write numbers from 1 to 65535'],
    ['70000', '"70000" leaves the numbers of ports: write numbers from 1 to 65535'],
    ['65535-65536', '"65535-65536" leaves the numbers of ports: write numbers from 1 to 65535'],
    ['200-100', '"200-100" is reversed: write "100-200"'],
  ])('and "%s" refused with what to write instead', (text, error) => {
    expect(parseRange(text)).toEqual({ ok: false, error });
  });

  test('in lists, merged, and the first refusal stands for all', () => {
    expect(parseRanges(['30', '10-20', '15-25'])).toEqual({ ok: true, value: ranges('10-25 30') });
    expect(parseRanges(['10', '0', 'x'])).toEqual(parseRange('0'));
    expect(parseRanges([])).toEqual({ ok: true, value: [] });
  });
});

describe('ranges are', () => {
  test.each([
    ['in any order', ['30-40', '10-20'], '10-20, 30-40'],
    ['overlapping', ['10-20', '15-30'], '10-30'],
    ['adjacent', ['10-20', '21-30'], '10-30'],
    ['one number apart', ['10-20', '22-30'], '10-20, 22-30'],
    ['inside each other', ['10-40', '20-30', '15'], '10-40'],
    ['the same', ['10-20', '10-20'], '10-20'],
    ['of one start', ['10-12', '10-20', '10'], '10-20'],
  ])('merged when they are %s', (_, texts, printed) => {
    const parsed = texts.flatMap((text) => [...ranges(text)]);
    expect(printRanges(mergeRanges(parsed))).toBe(printed);
  });

  test.each([
    ['10-20', '15', '10-14, 16-20'],
    ['10-20', '10-12', '13-20'],
    ['10-20', '18-30', '10-17'],
    ['10-20', '1-65535', ''],
    ['10-20', '21-30', '10-20'],
    ['10-20 30-40', '15-35', '10-14, 36-40'],
    ['10-20', '12 14 16', '10-11, 13, 15, 17-20'],
    ['10-20', '', '10-20'],
    ['', '10-20', ''],
  ])('%s less %s', (left, right, printed) => {
    expect(printRanges(subtractRanges(ranges(left), ranges(right)))).toBe(printed);
  });

  test.each([
    ['10-20', '15-30', '15-20'],
    ['10-20', '21-30', ''],
    ['10-20 30-40', '15-35', '15-20, 30-35'],
    ['1-65535', '7 9', '7, 9'],
    ['', '10', ''],
  ])('%s shared with %s', (left, right, printed) => {
    expect(printRanges(intersectRanges(ranges(left), ranges(right)))).toBe(printed);
    expect(printRanges(intersectRanges(ranges(right), ranges(left)))).toBe(printed);
  });

  test('counted, and asked for a number', () => {
    expect(rangesSize(ranges('10-20 30'))).toBe(12);
    expect(rangesSize([])).toBe(0);
    expect([9, 10, 20, 21, 29, 30, 31].filter((number) => rangesInclude(ranges('10-20 30'), number))).toEqual([
      10, 20, 30,
    ]);
  });
});
