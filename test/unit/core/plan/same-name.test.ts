import { describe, expect, test } from '@jest/globals';
import { decodeCell, encodeCell, holder } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, pool, sctp, tcp, udp } from '../make.ts';

const games = pool('20000-20009');
const first = allocation('a', 'life-1');
const second = allocation('a', 'life-2');
const gone = new Set([first.uid]);

/** The UIDs and states on a number. */
function on(desk: Desk, number: number): string[] {
  return desk.domain
    .claimsOn(number)
    .map(({ holder: by, port, state }) => `${by.uid} ${port} ${state}`)
    .sort();
}

describe('an object of the same name gets the numbers of the earlier one', () => {
  test('that are still held, when its UID is gone', () => {
    const desk = new Desk();
    desk.numbers(allocation('other'), games, [tcp('x')]);
    const before = desk.numbers(first, games, [tcp('p'), udp('q', { count: 2 })]);
    expect(desk.numbers(second, games, [tcp('p'), udp('q', { count: 2 })], { gone })).toEqual(before);
    expect([20001, 20002, 20003].map((number) => on(desk, number))).toEqual([
      ['life-2 p held'],
      ['life-2 q held'],
      ['life-2 q held'],
    ]);
  });

  test('that are cooling', () => {
    const desk = new Desk();
    const before = desk.numbers(first, games, [tcp('p', { number: 20005 }), udp('q')]);
    desk.release(first, 30);
    expect(desk.numbers(second, games, [tcp('p'), udp('q')])).toEqual(before);
    expect(desk.domain.nextExpiry).toBeGreaterThan(desk.now);
    expect(on(desk, 20005)).toEqual(['life-2 p held']);
  });

  test('that it asks for exactly', () => {
    const desk = new Desk();
    desk.numbers(first, games, [tcp('p'), tcp('q')]);
    desk.release(first, 30);
    const swapped = [tcp('p', { number: 20001 }), tcp('q', { number: 20000 })];
    expect(desk.numbers(second, games, swapped)).toEqual({ p: 20001, q: 20000 });
  });

  test('only where the port has the same name; the others it may choose', () => {
    const desk = new Desk();
    const pair = pool('20000-20001');
    desk.numbers(first, pair, [tcp('p'), tcp('q')]);
    desk.release(first, 30);
    expect(desk.numbers(second, pair, [tcp('other'), tcp('q')])).toEqual({ other: 20000, q: 20001 });
  });

  test('whichever of its earlier runs fits', () => {
    const desk = new Desk();
    desk.numbers(first, games, [udp('rtp', { number: 20000, count: 2 })]);
    desk.release(first, 30);
    desk.numbers(allocation('other'), games, [udp('x', { number: 20002 })]);
    const third = allocation('a', 'life-3');
    desk.numbers(third, games, [udp('rtp', { number: 20004, count: 4 })]);
    const next = { gone: new Set([third.uid]) };
    expect(desk.numbers(second, games, [udp('rtp', { count: 4 })], next)).toEqual({ rtp: 20004 });
  });

  test('that it asks for exactly, in another pool that has them too', () => {
    const desk = new Desk();
    desk.numbers(first, games, [tcp('p', { number: 20005 })]);
    desk.release(first, 30);
    const media = pool('20005-20015', { name: 'media' });
    expect(desk.numbers(second, media, [tcp('p', { number: 20005 })])).toEqual({ p: 20005 });
  });

  test('but not from another pool than the one it names', () => {
    const desk = new Desk();
    desk.numbers(first, games, [tcp('p')]);
    desk.release(first, 30);
    const media = pool('30000-30009', { name: 'media' });
    expect(desk.numbers(second, media, [tcp('p')])).toEqual({ p: 30000 });
  });
});

describe('what is passed on', () => {
  test.each(['held', 'cooling'])('is recorded so that it can be read again, when it was %s', (state) => {
    const desk = new Desk();
    desk.numbers(first, games, [tcp('p')]);
    if (state === 'cooling') desk.release(first, 30);
    // A stand-in for a pool that is closed to the asker: it has no numbers, and no name that a pool can have.
    desk.ask(second, pool('', { name: 'games (closed)' }), [tcp('p')], { gone });
    const read = decodeCell(20000, encodeCell(desk.domain.claimsOn(20000)) ?? '');
    expect(read).toMatchObject([{ pool: 'games', holder: { name: 'a' } }]);
  });
});

describe('the numbers of an earlier object stay with it', () => {
  test('while its UID is not known to be gone', () => {
    const desk = new Desk();
    desk.numbers(first, games, [tcp('p')]);
    expect(desk.numbers(second, games, [tcp('p')])).toEqual({ p: 20001 });
    expect(desk.refusal(second, games, [tcp('p', { number: 20000 })])).toMatchObject({
      reason: 'PortHeld',
      message: expect.stringContaining('is held by PortAllocation.hostport.io arena/a (its port "p")'),
    });
  });

  test.each([
    ['another namespace', allocation('a', 'life-2', 'elsewhere')],
    ['another kind', holder({ ...second, kind: 'Pod', group: '' })],
    ['another group', holder({ ...second, group: 'example.com' })],
    ['another name', allocation('b', 'life-2')],
  ])('when the new one is of %s', (_, other) => {
    const desk = new Desk();
    const one = pool('20000');
    desk.numbers(first, one, [tcp('p')]);
    expect(desk.refusal(other, one, [tcp('p')], { gone }).reason).toBe('PoolExhausted');
    desk.release(first, 30);
    expect(desk.refusal(other, one, [tcp('p')], { gone }).reason).toBe('PoolExhausted');
  });

  test('as they were, as far as the new one has no use for them', () => {
    const desk = new Desk();
    desk.numbers(first, games, [tcp('p'), tcp('q')]);
    desk.numbers(second, games, [tcp('p')], { gone });
    expect([on(desk, 20000), on(desk, 20001)]).toEqual([['life-2 p held'], ['life-1 q held']]);
  });

  test('on every protocol of a number that the new one has no use for', () => {
    const desk = new Desk();
    const exact = { number: 20005 };
    desk.numbers(first, games, [tcp('x', exact), udp('y', exact), sctp('z', exact)]);
    desk.release(first, 30);
    desk.numbers(second, games, [tcp('p')]);
    expect(on(desk, 20005)).toEqual(['life-1 x cooling', 'life-1 y cooling', 'life-1 z cooling']);
    expect(desk.refusal(allocation('other'), games, [udp('y', exact)]).reason).toBe('PortHeld');
  });
});
