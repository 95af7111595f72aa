import { describe, expect, test } from '@jest/globals';
import { numberAt } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, pool, tcp } from '../make.ts';

describe('Sequential', () => {
  test('takes the lowest free number, also one that came back', () => {
    const desk = new Desk();
    const games = pool('20000-20009');
    const taken = ['a', 'b', 'c'].map((name) => desk.numbers(allocation(name), games, [tcp('game')]));
    expect(taken).toEqual([{ game: 20000 }, { game: 20001 }, { game: 20002 }]);
    desk.release(allocation('b'));
    expect(desk.numbers(allocation('d'), games, [tcp('game')])).toEqual({ game: 20001 });
  });

  test('passes over gaps of the pool', () => {
    const desk = new Desk();
    const numbers = desk.numbers(
      allocation('a'),
      pool('7 9 200-201'),
      ['a', 'b', 'c', 'd'].map((name) => tcp(name)),
    );
    expect(numbers).toEqual({ a: 7, b: 9, c: 200, d: 201 });
  });

  test.each([
    ['inside the pool', 20003, 20003],
    ['at its last number', 20009, 20009],
    ['in a gap, upward', 20005, 20008],
    ['below the pool', 1, 20000],
    ['above the pool, from its first number', 40000, 20000],
  ])('starts %s', (_, start, number) => {
    const games = pool('20000-20003 20008-20009');
    expect(new Desk().numbers(allocation('a'), games, [tcp('game')], { start })).toEqual({ game: number });
  });

  test('goes upward from its start and wraps round the end of the pool', () => {
    const desk = new Desk();
    const games = pool('20000-20003');
    const taken = ['a', 'b', 'c', 'd'].map(
      (name) => desk.numbers(allocation(name), games, [tcp('game')], { start: 20002 })['game'],
    );
    expect(taken).toEqual([20002, 20003, 20000, 20001]);
    expect(desk.refusal(allocation('e'), games, [tcp('game')], { start: 20002 }).reason).toBe('PoolExhausted');
  });

  test('gives pods with ordinals the numbers at base + ordinal × n', () => {
    const desk = new Desk();
    const from30558 = pool('30558-30561 30570-30573');
    const pods = [0, 1, 2, 3].map((ordinal) => {
      const start = numberAt(from30558.usable, ordinal * 2) ?? 0;
      return desk.numbers(allocation(`pod-${ordinal}`), from30558, [tcp('http'), tcp('grpc')], { start });
    });
    expect(pods).toEqual([
      { http: 30558, grpc: 30559 },
      { http: 30560, grpc: 30561 },
      { http: 30570, grpc: 30571 },
      { http: 30572, grpc: 30573 },
    ]);
  });

  test('prefers its position and takes the next one when that is held', () => {
    const desk = new Desk();
    const games = pool('20000-20009');
    desk.numbers(allocation('other'), games, [tcp('game', { number: 20002 })]);
    const numbers = desk.numbers(allocation('pod-1'), games, [tcp('http'), tcp('grpc')], { start: 20002 });
    expect(numbers).toEqual({ http: 20003, grpc: 20004 });
  });

  test("finds a block that lies across its start only from the pool's first number", () => {
    const games = pool('20000-20007');
    expect(new Desk().numbers(allocation('a'), games, [tcp('rtp', { count: 6 })], { start: 20004 })).toEqual({
      rtp: 20000,
    });
  });
});
