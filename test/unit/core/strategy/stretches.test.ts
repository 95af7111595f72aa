import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GROUP, strategies } from '../../../../src/core/index.ts';
import type { Pool, StrategyName } from '../../../../src/core/index.ts';
import { POOLS, someOperations } from '../../../support/arbitraries/operation.ts';
import { Desk } from '../desk.ts';
import { allocation, claim, pool, tcp } from '../make.ts';
import { numbersOf } from '../portrait.ts';
import { Player } from '../properties/player.ts';

const names = Object.keys(strategies) as StrategyName[];
/** Those that go by an order, which several managers have in common. */
const ordered = names.filter((name) => name !== 'Random');
const anywhere = { indifferent: true } as const;
const games = pool('20032-29951');
/** A block may be shared in the end, by the one that was met. */
const firstOf = (number: number): number => number - (number % GROUP);

function taken(desk: Desk, name: string, strategy: StrategyName, from: Pool = games): number {
  return desk.numbers(allocation(name), from, [tcp('game')], { ...anywhere, strategy })['game'] ?? 0;
}

/** A desk whose last block somebody else has written, too. */
function crowded(strategy: StrategyName, seed: number, from: Pool = games): Desk {
  const desk = new Desk(seed);
  desk.stretches.met(firstOf(taken(desk, 'first', strategy, from)));
  desk.release(allocation('first'));
  return desk;
}

describe.each(ordered)('%s, where it matters to nobody', (strategy) => {
  test('takes what everybody takes, until somebody else writes the same block', () => {
    const [indifferent, other] = [new Desk(), new Desk()];
    for (let turn = 0; turn < 100; turn++) {
      const name = `holder-${turn}`;
      const usual = other.numbers(allocation(name), games, [tcp('game')], { strategy })['game'];
      // Blocks from which nothing was taken are nothing to it.
      indifferent.stretches.met(1024);
      expect(taken(indifferent, name, strategy)).toBe(usual);
    }
  });

  test('goes somewhere else then, and stays there block after block', () => {
    const desk = crowded(strategy, 3);
    const blocks = Array.from({ length: 3 * GROUP }, (_, at) => firstOf(taken(desk, `holder-${at}`, strategy)));
    const visited = blocks.filter((first, at) => first !== blocks[at - 1]);
    expect(visited).toEqual([0, 1, 2].map((at) => (visited[0] ?? 0) + at * GROUP));
    const [usual] = Object.values(new Desk().numbers(allocation('first'), games, [tcp('game')], { strategy }));
    expect(visited[0]).not.toBe(firstOf(usual ?? 0));
  });

  test('goes to the other block of a pool that has two', () => {
    const two = pool('20032-20159');
    for (let seed = 1; seed <= 10; seed++) {
      const desk = crowded(strategy, seed, two);
      const before = firstOf(taken(new Desk(seed), 'first', strategy, two));
      expect(firstOf(taken(desk, 'next', strategy, two))).toBe(before === 20_032 ? 20_096 : 20_032);
    }
  });

  test('goes to different places as often as it meets somebody', () => {
    const desk = crowded(strategy, 5);
    const places = Array.from({ length: 20 }, (_, at) => {
      const number = taken(desk, `holder-${at}`, strategy);
      desk.stretches.met(firstOf(number));
      return firstOf(number);
    });
    expect(new Set(places).size).toBeGreaterThan(15);
  });

  test('takes only what is free when little of the pool is, wherever that is', () => {
    const desk = crowded(strategy, 7);
    const free = new Set([20_040, 24_100, 24_101, 29_950]);
    for (const number of numbersOf(games)) if (!free.has(number)) desk.domain.write(number, [claim(number)]);
    const given = Array.from({ length: 4 }, (_, at) => taken(desk, `late-${at}`, strategy));
    expect(new Set(given)).toEqual(free);
  });

  test('leaves those alone to whom it matters', () => {
    const asks = [{ start: 20_100 }, { strategy: 'Sequential' as const }, { strategy: 'Stride' as const }];
    for (const extra of asks) {
      const [alone, met] = [new Desk(), crowded(strategy, 9)];
      const usual = alone.numbers(allocation('web'), games, [tcp('a'), tcp('b')], { strategy, ...extra });
      expect(met.numbers(allocation('web'), games, [tcp('a'), tcp('b')], { strategy, ...extra })).toEqual(usual);
    }
  });

  test('gives a name what it had', () => {
    const desk = new Desk();
    const before = taken(desk, 'web', strategy);
    desk.stretches.met(firstOf(before));
    const again = desk.numbers(allocation('web', 'web-2'), games, [tcp('game')], {
      ...anywhere,
      strategy,
      gone: new Set(['web-1']),
    });
    expect(again).toEqual({ game: before });
  });
});

test('every free number is given before a pool is called full, whoever is met on the way', () => {
  const anyStrategy = fc.constantFrom(...names);
  const meetings = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(someOperations, fc.nat(POOLS - 1), anyStrategy, meetings, (operations, at, strategy, meets) => {
      const player = new Player();
      for (const operation of operations) player.play(operation);
      player.desk.wait(0);
      const { desk } = player;
      const from = player.pools[at];
      if (from === undefined) throw new Error(`there is no pool ${at}`);
      const free = numbersOf(from).filter((number) => desk.domain.obstaclesOn(number).length === 0);
      const given = free.map((_, turn) => {
        const number = taken(desk, `newcomer-${turn}`, strategy, from);
        if (meets[turn % meets.length] === true) desk.stretches.met(firstOf(number));
        return number;
      });
      expect(given.toSorted((left, right) => left - right)).toEqual(free);
    }),
    { numRuns: 150 },
  );
});
