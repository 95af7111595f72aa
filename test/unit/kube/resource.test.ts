import { describe, expect, test } from '@jest/globals';
import { compareVersions, formatKey, parseKey } from '../../../src/kube/index.ts';

describe('resource versions', () => {
  test.each<[string, string, number]>([
    ['9', '10', -1],
    ['10', '10', 0],
    ['101', '99', 1],
    ['', '1', -1],
    ['9007199254740993', '9007199254740992', 1],
  ])('%s against %s', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });
});

describe('keys', () => {
  test.each([{ name: 'a' }, { namespace: 'n', name: 'a' }])('%j comes back from its text', (key) => {
    expect(parseKey(formatKey(key))).toEqual(key);
  });
});
