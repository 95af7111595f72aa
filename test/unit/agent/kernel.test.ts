import { describe, expect, test } from '@jest/globals';
import { parseLocalPortRange, parseReservedPorts } from '../../../src/agent/index.ts';

describe('the range of outgoing connections', () => {
  test.each([
    ['32768\t60999\n', { first: 32_768, last: 60_999 }],
    ['1024 65535', { first: 1024, last: 65_535 }],
    ['15000\t15000\n', { first: 15_000, last: 15_000 }],
  ])('of %j is read', (text, expected) => {
    expect(parseLocalPortRange(text)).toEqual(expected);
  });

  test.each(['', '\n', '32768', '60999\t32768\n', '0\t60999', '32768\t70000', '1 2 3', 'a\tb'])(
    'of %j is not known',
    (text) => {
      expect(parseLocalPortRange(text)).toBeUndefined();
    },
  );
});

describe('the numbers that the kernel leaves alone', () => {
  test.each([
    ['\n', []],
    ['', []],
    ['8080\n', [{ first: 8080, last: 8080 }]],
    [
      '8080,9148-9150,9151\n',
      [
        { first: 8080, last: 8080 },
        { first: 9148, last: 9151 },
      ],
    ],
    ['8080,x,90000', [{ first: 8080, last: 8080 }]],
  ])('of %j', (text, expected) => {
    expect(parseReservedPorts(text)).toEqual(expected);
  });
});
