import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sha256Hex } from '../../../src/core/index.ts';

test('a hash is that of everybody else', () => {
  const theirs = (text: string): string => createHash('sha256').update(text).digest('hex');
  for (let length = 0; length < 200; length++) expect(sha256Hex('a'.repeat(length))).toBe(theirs('a'.repeat(length)));
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => expect(sha256Hex(text)).toBe(theirs(text))),
  );
});
