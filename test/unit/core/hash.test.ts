import { describe, expect, test } from '@jest/globals';
import { hashTexts } from '../../../src/core/hash.ts';

describe('the hash of texts', () => {
  test.each([
    ['', '', 3264786504],
    ['games', 'arena', 495483729],
    ['PortAllocation.hostport.io arena/match-1', 'game', 2807058092],
  ])('of "%s" and "%s" is the same in every version', (first, second, hash) => {
    expect(hashTexts(first, second)).toBe(hash);
  });

  test('is unsigned, of 32 bits, and fills every residue', () => {
    const hashes = Array.from({ length: 5000 }, (_, at) => hashTexts('arena', `match-${at}`));
    expect(hashes.every((hash) => Number.isInteger(hash) && hash >= 0 && hash <= 0xffffffff)).toBe(true);
    for (const size of [64, 16, 10, 7]) expect(new Set(hashes.map((hash) => hash % size)).size).toBe(size);
    expect(new Set(hashes).size).toBeGreaterThan(4990);
  });

  test('tells where one text ends and the next begins', () => {
    expect(hashTexts('a', 'bc')).not.toBe(hashTexts('ab', 'c'));
    expect(hashTexts('', 'a')).not.toBe(hashTexts('a', ''));
  });
});
