import { describe, expect, test } from '@jest/globals';
import { Desk } from '../desk.ts';
import { allocation, pool, sctp, seen, tcp, tcpudp, udp } from '../make.ts';

const games = pool('20000-20009');

describe('an exact number', () => {
  test('is given as it was asked for', () => {
    const desk = new Desk();
    expect(desk.numbers(allocation('a'), games, [tcp('game', { number: 20007 })])).toEqual({ game: 20007 });
    expect(desk.cells()).toEqual({
      20007: 'TCP held games PortAllocation.hostport.io arena/a a-1 game 2023-11-14T22:13:20Z',
    });
  });

  test('comes before chosen ones, whatever the order of the ports', () => {
    const wishes = [tcp('any'), tcp('exact', { number: 20000 })];
    expect(new Desk().numbers(allocation('a'), games, wishes)).toEqual({ any: 20001, exact: 20000 });
  });

  test('may be one for several protocols or addresses of one holder', () => {
    const wishes = [
      tcp('game', { number: 20000 }),
      udp('voice', { number: 20000 }),
      sctp('left', { number: 20000, address: '10.0.0.1' }),
      sctp('right', { number: 20000, address: '10.0.0.2' }),
    ];
    const numbers = new Desk().numbers(allocation('a'), games, wishes);
    expect(numbers).toEqual({ game: 20000, voice: 20000, left: 20000, right: 20000 });
  });

  test('that somebody has is refused, and the holder named', () => {
    const desk = new Desk();
    desk.numbers(allocation('a'), games, [tcp('game', { number: 20005 })]);
    expect(desk.refusal(allocation('b'), games, [tcp('rcon', { number: 20005 })])).toEqual({
      reason: 'PortHeld',
      message:
        'port 20005 for "rcon" is held by PortAllocation.hostport.io arena/a (its port "game"): ' +
        'write another number, or leave the number out to get a free one',
    });
  });

  test('that somebody has on another protocol or address is given', () => {
    const desk = new Desk();
    desk.numbers(allocation('a'), games, [tcp('game', { number: 20005, address: '10.0.0.1' })]);
    expect(desk.numbers(allocation('b'), games, [udp('game', { number: 20005 })])).toEqual({ game: 20005 });
    expect(desk.numbers(allocation('c'), games, [tcp('game', { number: 20005, address: '10.0.0.2' })])).toEqual({
      game: 20005,
    });
    expect(desk.refusal(allocation('d'), games, [tcp('game', { number: 20005, address: '0.0.0.0' })]).reason).toBe(
      'PortHeld',
    );
  });

  test('that a stranger was seen on is refused until the stranger is gone', () => {
    const desk = new Desk();
    desk.domain.observe(20005, [seen(20005)]);
    expect(desk.refusal(allocation('a'), games, [tcp('game', { number: 20005 })])).toMatchObject({
      reason: 'PortHeld',
      message: expect.stringContaining('is used by Pod elsewhere/stranger, which took it without asking'),
    });
    desk.domain.observe(20005, []);
    expect(desk.numbers(allocation('a'), games, [tcp('game', { number: 20005 })])).toEqual({ game: 20005 });
  });

  test('outside of the pool is refused, and the pools that have it named', () => {
    const outside = desk().refusal(allocation('a'), games, [tcp('game', { number: 27015 })], {
      poolsWith: (number) => (number === 27015 ? ['media', 'legacy'] : []),
    });
    expect(outside).toMatchObject({
      reason: 'PortOutsidePool',
      message: expect.stringMatching(
        /^port 27015 is not in pool "games" \(20000-20009\): .*"media", "legacy".*name that one/,
      ),
    });
  });

  test('that no pool has is refused with what the pool has', () => {
    expect(desk().refusal(allocation('a'), pool('20000-20002 20005'), [tcp('game', { number: 20003 })])).toEqual({
      reason: 'PortOutsidePool',
      message:
        'port 20003 is not in pool "games" (20000-20002, 20005): no pool has it; ' +
        'write a number of the pool, or leave the number out',
    });
  });
});

describe('two exact ports of one request that exclude each other are refused', () => {
  test.each([
    ['the same number twice', tcp('a', { number: 20001 }), tcp('b', { number: 20001 })],
    ['a wildcard over an address', tcp('a', { number: 20001 }), tcp('b', { number: 20001, address: '10.0.0.5' })],
    ['TCPUDP over UDP', tcpudp('a', { number: 20001 }), udp('b', { number: 20001 })],
    ['a block over a number', udp('a', { number: 20000, count: 4 }), udp('b', { number: 20001 })],
  ])('with %s', (_, left, right) => {
    expect(desk().refusal(allocation('x'), games, [left, right])).toEqual({
      reason: 'PortHeldBySelf',
      message:
        'port 20001 for "b" is already taken by port "a" of the same request, on an overlapping protocol and address: ' +
        'write different numbers, protocols or addresses',
    });
  });
});

function desk(): Desk {
  return new Desk();
}
