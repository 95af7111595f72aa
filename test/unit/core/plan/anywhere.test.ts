import { describe, expect, test } from '@jest/globals';
import { NO_POOL, poolFrom } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, pool, tcp } from '../make.ts';

const games = pool('20000-20009');
const me = allocation('me');

describe('a number that is taken by itself', () => {
  test('may lie outside of every pool, and is held all the same', () => {
    const desk = new Desk();
    const port = tcp('ssh', { number: 22, anywhere: true });
    expect(desk.numbers(me, games, [port, tcp('game')])).toEqual({ ssh: 22, game: 20000 });
    expect(desk.domain.claimsOn(22)).toMatchObject([{ pool: NO_POOL, state: 'held' }]);
    expect(desk.refusal(allocation('other'), games, [port])).toMatchObject({ reason: 'PortHeld' });
    expect(desk.numbers(me, games, [port, tcp('game')])).toEqual({ ssh: 22, game: 20000 });
  });

  test('counts for the pool when it is one of its numbers', () => {
    const desk = new Desk();
    desk.numbers(me, games, [tcp('game', { number: 20003, anywhere: true })]);
    expect(desk.domain.claimsOn(20003)).toMatchObject([{ pool: 'games' }]);
    expect(desk.cells()[20003]).toMatch(/^TCP held games /);
  });
});

describe('a part of a pool', () => {
  test.each(['Sequential', 'Random', 'Stride'] as const)(
    '%s chooses from there up, reaches every number of it, and none below',
    (strategy) => {
      const desk = new Desk();
      const part = poolFrom(pool('20000-20009', { strategy }), 20006);
      const given = ['a', 'b', 'c', 'd'].map((name) => desk.numbers(allocation(name), part, [tcp('p')])['p']);
      expect(given.toSorted()).toEqual([20006, 20007, 20008, 20009]);
      expect(desk.refusal(allocation('e'), part, [tcp('p')])).toMatchObject({ reason: 'PoolExhausted' });
      expect(desk.numbers(allocation('e'), games, [tcp('p')])['p']).toBeLessThan(20006);
    },
  );

  test('Sequential begins at its start and wraps to where the part begins', () => {
    const desk = new Desk();
    const part = poolFrom(games, 20006);
    const given = ['a', 'b', 'c'].map(
      (name) => desk.numbers(allocation(name), part, [tcp('p')], { start: 20008 })['p'],
    );
    expect(given).toEqual([20008, 20009, 20006]);
  });

  test('knows what was taken through the whole pool, however many parts there are', () => {
    const desk = new Desk();
    const wide = pool('20000-20199');
    const parts = Array.from({ length: 60 }, (_, at) => poolFrom(wide, 20000 + at));
    const given = parts.map((part, at) => desk.numbers(allocation(`a${at}`), part, [tcp('p')])['p']);
    expect(new Set(given).size).toBe(60);
    for (const number of given) {
      expect(desk.refusal(me, wide, [tcp('p', { number: number ?? 0 })])).toMatchObject({ reason: 'PortHeld' });
    }
    expect(desk.numbers(allocation('again'), parts[0] ?? wide, [tcp('p')])['p']).toBe(20060);
  });
});
