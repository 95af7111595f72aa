import { describe, expect, test } from '@jest/globals';
import type { PortRequest, StrategyName } from '../../../../src/core/index.ts';
import { strategyNames } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, claim, pool, sctp, tcp, tcpudp, udp } from '../make.ts';

const me = allocation('a');

const requests: readonly (readonly [string, readonly PortRequest[]])[] = [
  ['one chosen port', [tcp('p')]],
  ['several chosen ports', [tcp('p'), udp('q'), sctp('r')]],
  ['exact and chosen ports', [tcp('p'), udp('q', { number: 20120 }), tcp('r', { address: 'fd00::1' })]],
  ['one number on two protocols', [tcp('p', { number: 20120 }), udp('q', { number: 20120 })]],
  ['blocks and TCPUDP', [udp('rtp', { count: 8 }), tcpudp('game'), tcp('x', { number: 20128, count: 3 })]],
];

const cases = strategyNames.flatMap((name) => requests.map(([title, ports]) => [title, name, ports] as const));

describe('asking again gives the same numbers and writes nothing', () => {
  test.each(cases)('for %s by %s', (_, strategy: StrategyName, ports) => {
    const desk = new Desk();
    const games = pool('20030-20130', { strategy });
    const others = [tcp('p'), udp('q', { count: 5 })];
    desk.numbers(allocation('other'), games, others, { strategy: 'Sequential' });
    const numbers = desk.numbers(me, games, ports);
    desk.numbers(allocation('another'), games, others);
    const cells = desk.cells();
    for (const again of [ports, ports.toReversed(), ports]) {
      desk.wait(100);
      expect(desk.numbers(me, games, again)).toEqual(numbers);
      expect(desk.ask(me, games, again)).toMatchObject({ ok: true, value: { charged: new Map(), leftover: [] } });
      expect(desk.cells()).toEqual(cells);
    }
  });

  test('also with another strategy or start than at first', () => {
    const desk = new Desk();
    const games = pool('20000-20099');
    const numbers = desk.numbers(me, games, [tcp('p'), udp('q')]);
    expect(desk.numbers(me, games, [tcp('p'), udp('q')], { strategy: 'Random', start: 20050 })).toEqual(numbers);
  });

  test('also where claims on one number are of different ages', () => {
    const desk = new Desk();
    const own = { holder: me, time: desk.now - 100 };
    desk.domain.write(20000, [
      claim(20000, { ...own, port: 'p', protocols: tcp('p').protocols }),
      claim(20000, { ...own, port: 'q', protocols: udp('q').protocols, time: desk.now - 50 }),
    ]);
    const cells = desk.cells();
    desk.numbers(me, pool('20000-20009'), [tcp('p', { number: 20000 }), udp('q', { number: 20000 })]);
    expect(desk.cells()).toEqual(cells);
  });
});

describe('a grant', () => {
  test('counts the numbers that the namespace did not have before', () => {
    const desk = new Desk();
    const games = pool('20000-20099');
    const added = (...ports: readonly PortRequest[]) => {
      const asked = desk.ask(me, games, ports);
      return asked.ok ? (asked.value.charged.get('games') ?? 0) : asked.error;
    };
    expect(added(tcp('p'))).toBe(1);
    expect(added(tcp('p'), udp('rtp', { count: 4 }))).toBe(4);
    expect(added(udp('p'), udp('rtp', { count: 6 }))).toBe(2);
    expect(added(udp('rtp', { count: 6 }))).toBe(0);
    const exact = { number: 20050 };
    expect(added(udp('rtp', { count: 6 }), tcp('x', exact), udp('y', exact), sctp('z', exact))).toBe(1);
  });

  test('counts each address on a number by itself, and less where there is less', () => {
    const desk = new Desk();
    const games = pool('20000-20099');
    const at = (last: number) => tcp(`p${last}`, { number: 20050, address: `10.0.0.${last}` });
    const charged = (...ports: readonly PortRequest[]) => {
      const asked = desk.ask(me, games, ports);
      return asked.ok ? [...asked.value.charged] : asked.error;
    };
    expect(charged(at(1), at(2), at(3))).toEqual([['games', 3]]);
    expect(charged(at(1), at(2), at(4))).toEqual([]);
    expect(charged(at(1))).toEqual([['games', -2]]);
  });

  test('tells the ports in the order asked, with all that was asked', () => {
    const ports = [tcp('p'), udp('q', { number: 20005 }), sctp('r', { count: 2, address: '::' })];
    const asked = new Desk().ask(me, pool('20000-20009'), ports);
    expect(asked.ok && asked.value.ports).toEqual([
      { ...ports[0], number: 20000 },
      { ...ports[1], number: 20005 },
      { ...ports[2], number: 20001 },
    ]);
  });
});
