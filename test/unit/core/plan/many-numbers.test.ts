import { describe, expect, test } from '@jest/globals';
import { MOST_NUMBERS } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, pool, udp } from '../make.ts';

const wide = pool('20000-59999');

describe('many numbers at once', () => {
  test('are given up to the most that one holder may have', () => {
    const desk = new Desk();
    desk.numbers(allocation('relay'), wide, [udp('rtp', { count: MOST_NUMBERS })]);
    expect(desk.domain.claimsOf(allocation('relay').key)).toHaveLength(MOST_NUMBERS);
  });

  test('are refused beyond that, however they are divided, and what is held stays', () => {
    const desk = new Desk();
    const me = allocation('relay');
    desk.numbers(me, wide, [udp('rtp', { count: MOST_NUMBERS })]);
    const refusal = desk.refusal(me, wide, [udp('rtp', { count: MOST_NUMBERS }), udp('one-more')]);
    expect(refusal.reason).toBe('InvalidRequest');
    expect(refusal.message).toContain('write several PortAllocations');
    expect(desk.domain.claimsOf(me.key)).toHaveLength(MOST_NUMBERS);
  });
});
