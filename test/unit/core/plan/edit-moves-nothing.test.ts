import { describe, expect, test } from '@jest/globals';
import type { PortRequest } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, pool, tcp, tcpudp, udp } from '../make.ts';

/** A running process listens on the numbers of the ports that an edit doesn't mention: they must not move. */
describe('a port that an edit leaves alone keeps its number', () => {
  const games = pool('20000-20009');
  const me = allocation('a');

  test.each<[string, readonly PortRequest[], readonly PortRequest[]]>([
    [
      'while the block before it grows',
      [udp('rtp', { count: 2 }), udp('game')],
      [udp('rtp', { count: 3 }), udp('game')],
    ],
    [
      'while the block after it grows',
      [udp('game'), udp('rtp', { count: 2 })],
      [udp('game'), udp('rtp', { count: 3 })],
    ],
    ['while a block is asked for over it', [udp('game')], [udp('game'), udp('rtp', { count: 10 })]],
    ['while ports change places', [udp('game'), tcp('rcon')], [tcp('rcon'), udp('game')]],
    ['while its number is asked for on another protocol', [udp('game')], [udp('game'), tcp('rcon', { number: 20000 })]],
    ['while its number is asked for on its protocol', [udp('game')], [udp('game'), udp('rcon', { number: 20000 })]],
    [
      'while its number is asked for in a block',
      [udp('x'), udp('game')],
      [udp('game'), udp('y', { number: 20000, count: 2 })],
    ],
  ])('%s', (_, before, after) => {
    const desk = new Desk();
    const { game } = desk.numbers(me, games, before);
    const edited = desk.ask(me, games, after);
    const moved = edited.ok ? edited.value.ports.filter((port) => port.name === 'game' && port.number !== game) : [];
    expect(moved).toEqual([]);
    expect(desk.domain.claimsOn(game ?? 0).filter((claim) => claim.port === 'game')).toHaveLength(1);
  });

  test('also what an earlier object of its name left to it, while another port grows over it', () => {
    const desk = new Desk();
    const before = desk.numbers(me, games, [udp('rtp', { count: 2 }), udp('game')]);
    const successor = allocation('a', 'a-2');
    const gone = new Set([me.uid]);
    const after = desk.numbers(successor, games, [udp('rtp', { count: 3 }), udp('game')], { gone });
    expect(after['game']).toBe(before['game']);
  });

  test('also while what an earlier edit left over is not released yet', () => {
    const desk = new Desk();
    desk.numbers(me, games, [tcp('game')]);
    desk.numbers(allocation('other'), games, [udp('x', { number: 20000 })]);
    const moved = desk.numbers(me, games, [tcpudp('game')]);
    // The process ended before it could release 20000; meanwhile that would fit again.
    desk.release(allocation('other'));
    expect(desk.numbers(me, games, [tcpudp('game')])).toEqual(moved);
  });
});

describe('two ports that one edit changes', () => {
  const games = pool('20000-20009');
  const me = allocation('a');

  test.each([
    ['before', [udp('rtp', { count: 2 }), udp('game')], [udp('rtp', { count: 3 }), tcp('game')]],
    ['after', [udp('rtp', { count: 2 }), udp('game')], [tcp('game'), udp('rtp', { count: 3 })]],
  ])("don't take each other's numbers, the block that grows %s the one that fits where it is", (_, before, after) => {
    const desk = new Desk();
    expect(desk.numbers(me, games, before)).toEqual({ rtp: 20000, game: 20002 });
    expect(desk.numbers(me, games, after)).toEqual({ rtp: 20003, game: 20002 });
  });
});
