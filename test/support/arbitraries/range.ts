import fc from 'fast-check';
import type { PortRange } from '../../../src/core/index.ts';

const anyRange: fc.Arbitrary<PortRange> = fc
  .tuple(fc.integer({ min: 1, max: 120 }), fc.nat(12))
  .map(([first, length]) => ({ first, last: first + length }));

/** Up to eight short ranges in any order, overlapping or not; small numbers, so that they meet often. */
export const anyRanges: fc.Arbitrary<readonly PortRange[]> = fc.array(anyRange, { maxLength: 8 });
