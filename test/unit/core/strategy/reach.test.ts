import { describe, expect, test } from '@jest/globals';
import type { Pool } from '../../../../src/core/index.ts';
import { strategyNames } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, pool, tcp, udp } from '../make.ts';
import { numbersOf } from '../portrait.ts';

const POOLS = [
  ['1 number', '20000'],
  ['2 numbers', '20000-20001'],
  ['10 numbers across a border of groups', '20028-20037'],
  ['63 numbers', '20001-20063'],
  ['64 numbers, aligned', '20032-20095'],
  ['64 numbers, not aligned', '20000-20063'],
  ['65 numbers', '20032-20096'],
  ['1000 numbers', '20000-20999'],
  ['gaps of every size', '1 3-70 200 300-363 1024-1100 5000 65472-65535'],
] as const;

const cases = POOLS.flatMap(([title, text]) => strategyNames.map((strategy) => [strategy, title, text] as const));

/** Fills the pool with one holder for each number; the numbers in the order in which they were given. */
function fill(desk: Desk, games: Pool, port = tcp('game')): number[] {
  return numbersOf(games).map(
    (_, at) => desk.numbers(allocation(`${port.protocols}-${at}`), games, [port])['game'] ?? 0,
  );
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((left, right) => left - right);
}

test('the strategies have the names that users write, and the default of pools is the first', () => {
  expect(strategyNames).toEqual(['Stride', 'Sequential', 'Random']);
});

describe('before it refuses, every number is given', () => {
  test.each(cases)('by %s in a pool of %s', (strategy, _, text) => {
    const desk = new Desk();
    const games = pool(text, { strategy });
    expect(sorted(fill(desk, games))).toEqual(numbersOf(games));
    expect(desk.refusal(allocation('late'), games, [tcp('game')])).toMatchObject({ reason: 'PoolExhausted' });
    // What one protocol has filled, another fills once more.
    expect(sorted(fill(desk, games, udp('game')))).toEqual(numbersOf(games));
    expect(desk.refusal(allocation('late'), games, [udp('game')])).toMatchObject({ reason: 'PoolExhausted' });
  });

  test.each(strategyNames)(
    'by %s in a pool of 45,000 numbers, and the release of one lets exactly one in',
    (strategy) => {
      const desk = new Desk();
      const games = pool('20536-65535', { strategy });
      const order = fill(desk, games);
      expect(new Set(order).size).toBe(45_000);
      expect(desk.refusal(allocation('late'), games, [tcp('game')]).reason).toBe('PoolExhausted');
      desk.release(allocation('1-12345'));
      expect(desk.numbers(allocation('late'), games, [tcp('game')])).toEqual({ game: order[12345] });
      expect(desk.refusal(allocation('later'), games, [tcp('game')]).reason).toBe('PoolExhausted');
    },
  );
});

describe('the only place for a block is found', () => {
  const everywhere = Array.from({ length: 121 }, (_, at) => 20000 + at);

  test.each(strategyNames)('by %s, wherever it is', (strategy) => {
    for (const place of everywhere) {
      const desk = new Desk(place);
      const games = pool('20000-20127', { strategy });
      const others = numbersOf(games).filter((number) => number < place || number >= place + 7);
      // Every second number is free as well: no use for a block.
      const held = others.filter((number) => Math.abs(number - place + 1) % 2 === 0);
      desk.numbers(
        allocation('others'),
        games,
        held.map((number) => tcp(`p${number}`, { number })),
      );
      expect(desk.numbers(allocation('a'), games, [tcp('rtp', { count: 7 })])).toEqual({ rtp: place });
      expect(desk.refusal(allocation('b'), games, [tcp('rtp', { count: 7 })]).reason).toBe('PoolExhausted');
    }
  });
});
