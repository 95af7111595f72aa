import { describe, expect, test } from '@jest/globals';
import { Desk } from '../desk.ts';
import { allocation, pool, tcp, tcpudp, udp } from '../make.ts';

describe('a block of consecutive numbers', () => {
  test('has a claim for each number, all under one name', () => {
    const desk = new Desk();
    expect(desk.numbers(allocation('a'), pool('20000-20009'), [udp('rtp', { count: 3 })])).toEqual({ rtp: 20000 });
    const line = 'UDP held games PortAllocation.hostport.io arena/a a-1 rtp 2023-11-14T22:13:20Z';
    expect(desk.cells()).toEqual({ 20000: line, 20001: line, 20002: line });
  });

  test('fits between others only where it is long enough', () => {
    const desk = new Desk();
    const media = pool('20000-20009');
    desk.numbers(allocation('others'), media, [tcp('a', { number: 20002 }), tcp('b', { number: 20006 })]);
    expect(desk.numbers(allocation('x'), media, [udp('rtp', { count: 3 })])).toEqual({ rtp: 20003 });
    expect(desk.numbers(allocation('y'), media, [udp('rtp', { count: 3 })])).toEqual({ rtp: 20007 });
  });

  test('crosses borders of words and groups, and no gap of the pool', () => {
    const desk = new Desk();
    const media = pool('20020-20022 20030-20100');
    expect(desk.numbers(allocation('a'), media, [udp('rtp', { count: 40 })])).toEqual({ rtp: 20030 });
    expect(desk.numbers(allocation('b'), media, [udp('rtp', { count: 31 })])).toEqual({ rtp: 20070 });
  });

  test('may be asked for by its first number, and is refused as a whole', () => {
    const desk = new Desk();
    const media = pool('20000-20009');
    desk.numbers(allocation('other'), media, [udp('rtp', { number: 20004 })]);
    expect(desk.numbers(allocation('a'), media, [udp('rtp', { number: 20000, count: 4 })])).toEqual({ rtp: 20000 });
    const before = desk.cells();
    expect(desk.refusal(allocation('b'), media, [udp('rtp', { number: 20003, count: 2 })])).toMatchObject({
      reason: 'PortHeld',
      message: expect.stringMatching(/^port 20003 /),
    });
    expect(desk.refusal(allocation('b'), media, [udp('rtp', { number: 20008, count: 4 })])).toMatchObject({
      reason: 'PortOutsidePool',
      message: expect.stringMatching(/^port 20010 /),
    });
    expect(desk.cells()).toEqual(before);
  });

  test('on TCPUDP is one block on both', () => {
    const desk = new Desk();
    const media = pool('20000-20009');
    desk.numbers(allocation('other'), media, [tcp('x', { number: 20001 }), udp('y', { number: 20003 })]);
    expect(desk.numbers(allocation('a'), media, [tcpudp('rtp', { count: 4 })])).toEqual({ rtp: 20004 });
  });

  test('that is longer than anything in the pool is no matter of waiting', () => {
    expect(new Desk().refusal(allocation('a'), pool('20000-20003 20010-20015'), [udp('rtp', { count: 7 })])).toEqual({
      reason: 'InvalidRequest',
      message:
        'port "rtp" asks for 7 consecutive numbers, and pool "games" has at most 6 in a row: ' +
        'write a count of at most 6, or name another pool',
    });
  });

  test('that finds no room now is refused with what is free', () => {
    const desk = new Desk();
    const media = pool('20000-20005');
    desk.numbers(allocation('other'), media, [udp('x', { number: 20002 })]);
    expect(desk.refusal(allocation('a'), media, [udp('rtp', { count: 4 })])).toEqual({
      reason: 'PoolExhausted',
      message:
        'pool "games" has no 4 consecutive free UDP numbers for port "rtp" (5 numbers are free): release some, ' +
        'widen spec.ranges, or name another pool; it is served as soon as there is room',
    });
  });
});
