import { describe, expect, test } from '@jest/globals';
import type { Pool, PortRequest } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, pool, sctp, tcp, tcpudp, udp } from '../make.ts';
import { portrait } from '../portrait.ts';

const me = allocation('a');
const games = pool('20000-20009');

/** What is left over of the first request when the second one is met: `number/port`. */
function leftover(desk: Desk, from: Pool, ports: readonly PortRequest[]): string[] {
  const asked = desk.ask(me, from, ports);
  if (!asked.ok) throw new Error(asked.error.message);
  return asked.value.leftover.map(({ number, port }) => `${number}/${port}`);
}

describe('an edit keeps the number of a port', () => {
  test.each<[string, PortRequest, PortRequest]>([
    ['whose protocol changes', tcp('p'), udp('p')],
    ['that takes on a second protocol', tcp('p'), tcpudp('p')],
    ['that gives up one of two', tcpudp('p'), sctp('p')],
    ['that binds to one address now', tcp('p'), tcp('p', { address: '10.0.0.1' })],
    ['that binds to all addresses now', tcp('p', { address: '10.0.0.1' }), tcp('p')],
    ['that wants more numbers', tcp('p'), tcp('p', { count: 4 })],
    ['that wants fewer numbers', tcp('p', { count: 4 }), tcp('p', { count: 2 })],
    ['that leaves its exact number out', tcp('p', { number: 20000 }), tcp('p')],
    ['that writes its number down', tcp('p'), tcp('p', { number: 20000 })],
  ])('%s', (_, before, after) => {
    const desk = new Desk();
    expect(desk.numbers(me, games, [before])).toEqual({ p: 20000 });
    desk.numbers(allocation('other'), games, [tcp('q', { number: 20008 })]);
    expect(desk.numbers(me, games, [after])).toEqual({ p: 20000 });
    expect(desk.domain.claimsOn(20000)).toMatchObject([{ protocols: after.protocols, address: after.address }]);
  });

  test.each<[string, PortRequest, PortRequest, number]>([
    ['a protocol that another has there', tcp('p'), tcpudp('p'), 20001],
    ['an address that overlaps that of another', udp('p', { address: '10.0.0.2' }), udp('p'), 20001],
    ['a block that runs into another', tcp('p'), tcp('p', { count: 3 }), 20003],
  ])('and gives another for %s', (_, before, after, number) => {
    const desk = new Desk();
    expect(desk.numbers(me, games, [before])).toEqual({ p: 20000 });
    const others = [udp('x', { number: 20000, address: '10.0.0.1' }), tcp('y', { number: 20002, address: '10.0.0.1' })];
    desk.numbers(allocation('other'), games, others);
    expect(desk.numbers(me, games, [after])).toEqual({ p: number });
  });
});

describe('numbers that an edit drops', () => {
  test('stay where they are, and are told', () => {
    const desk = new Desk();
    desk.numbers(me, games, [tcp('p'), tcp('q', { count: 3 }), udp('r')]);
    expect(leftover(desk, games, [tcp('q', { count: 2 })])).toEqual(['20000/p', '20003/q', '20004/r']);
    expect(Object.keys(desk.cells())).toEqual(['20000', '20001', '20002', '20003', '20004']);
    expect(desk.refusal(allocation('other'), games, [tcp('x', { number: 20000 })]).reason).toBe('PortHeld');
  });

  test('are usable by the edit itself, exactly or by choice', () => {
    const two = pool('20000-20001');
    const desk = new Desk();
    desk.numbers(me, two, [tcp('p'), udp('q')]);
    expect(desk.numbers(me, two, [udp('r'), tcp('s', { number: 20001 })])).toEqual({ r: 20000, s: 20001 });
    expect(leftover(desk, two, [tcp('s', { number: 20000 })])).toEqual(['20001/s']);
  });

  test('of one number are all told', () => {
    const desk = new Desk();
    const exact = { number: 20005 };
    desk.numbers(me, games, [tcp('x', exact), udp('y', exact), sctp('z', exact), tcp('stays')]);
    expect(leftover(desk, games, [tcp('stays')])).toEqual(['20005/x', '20005/y', '20005/z']);
    expect(desk.domain.claimsOn(20005)).toHaveLength(3);
  });
});

describe("an edit that can't be met", () => {
  test.each<[string, string, readonly PortRequest[]]>([
    ['more than there is', 'PoolExhausted', [tcp('p', { count: 9 }), udp('q')]],
    ['a number of another', 'PortHeld', [tcp('p'), udp('q'), tcp('new', { number: 20009 })]],
    ['a number outside', 'PortOutsidePool', [udp('q', { number: 30000 })]],
    ['a block beyond the pool', 'InvalidRequest', [tcp('p', { count: 11 })]],
  ])('for %s, changes nothing: %s', (_, reason, ports) => {
    const desk = new Desk();
    desk.numbers(allocation('other'), games, [tcpudp('game', { number: 20009 })]);
    desk.numbers(me, games, [tcp('p'), udp('q')]);
    const before = portrait(desk.domain, [games]);
    expect(desk.refusal(me, games, ports).reason).toBe(reason);
    expect(portrait(desk.domain, [games])).toEqual(before);
  });
});
