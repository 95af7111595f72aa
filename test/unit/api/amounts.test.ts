import { describe, expect, test } from '@jest/globals';
import { durationMs } from '../../../src/api/index.ts';
import { InvariantError } from '../../../src/base/result.ts';

describe('a duration', () => {
  test.each([
    ['0s', 0],
    ['30s', 30_000],
    ['250ms', 250],
    ['1.5s', 1500],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['0.5h0.5m', 1_830_000],
  ])('%s has %d milliseconds', (text, milliseconds) => {
    expect(durationMs(text)).toBe(milliseconds);
  });

  test.each(['', '5', 's', '-1s', '1 s', '1d'])('"%s" is none', (text) => {
    expect(() => durationMs(text)).toThrow(InvariantError);
  });
});
