import { describe, expect, test } from '@jest/globals';
import { Desk } from '../desk.ts';
import { allocation, pool, tcp, udp } from '../make.ts';

describe('a pool that shrinks', () => {
  const wide = pool('20000-20009');
  const narrow = pool('20005-20006');
  const me = allocation('a');

  test('takes no number away', () => {
    const desk = new Desk();
    const ports = [tcp('chosen'), udp('block', { count: 3 }), tcp('exact', { number: 20009 })];
    const before = desk.numbers(me, wide, ports);
    const cells = desk.cells();
    expect(desk.numbers(me, narrow, ports)).toEqual(before);
    expect(desk.cells()).toEqual(cells);
  });

  test('lets a port outside of it change what still fits', () => {
    const desk = new Desk();
    desk.numbers(me, wide, [tcp('p', { count: 3 })]);
    expect(desk.numbers(me, narrow, [udp('p', { count: 2, address: '10.0.0.1' })])).toEqual({ p: 20000 });
  });

  test('hands out nothing beyond what it has now', () => {
    const desk = new Desk();
    desk.numbers(me, wide, [tcp('p')]);
    expect(desk.numbers(me, narrow, [tcp('p'), tcp('q')])).toEqual({ p: 20000, q: 20005 });
    expect(desk.refusal(allocation('b'), narrow, [tcp('p', { number: 20001 })]).reason).toBe('PortOutsidePool');
    expect(desk.numbers(allocation('b'), narrow, [tcp('p')])).toEqual({ p: 20006 });
    expect(desk.refusal(allocation('c'), narrow, [tcp('p')]).reason).toBe('PoolExhausted');
  });

  test('does not stretch a block that is outside of it', () => {
    const desk = new Desk();
    desk.numbers(me, wide, [tcp('p', { count: 2 })]);
    expect(desk.refusal(me, narrow, [tcp('p', { count: 3 })]).reason).toBe('InvalidRequest');
    expect(desk.numbers(me, narrow, [tcp('p', { count: 2 })])).toEqual({ p: 20000 });
  });

  test('that grows again hands out what it got back', () => {
    const desk = new Desk();
    for (const name of ['a', 'b']) desk.numbers(allocation(name), narrow, [tcp('p')]);
    const grown = pool('20005-20007');
    expect(desk.numbers(allocation('c'), grown, [tcp('p')])).toEqual({ p: 20007 });
  });
});
