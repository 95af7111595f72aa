import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rangesInclude, strategies } from '../../../../src/core/index.ts';
import type { PortRequest, StrategyName } from '../../../../src/core/index.ts';
import { POOLS, someOperations } from '../../../support/arbitraries/operation.ts';
import { someChosenPort } from '../../../support/arbitraries/request.ts';
import { allocation } from '../make.ts';
import { numbersOf } from '../portrait.ts';
import { exclude } from './naive.ts';
import { Player } from './player.ts';

const anyStrategy = fc.constantFrom(...(Object.keys(strategies) as StrategyName[]));

/** The places at which `port` would fit for somebody new, found by trying every number. */
function places(player: Player, at: number, port: PortRequest): number[] {
  const pool = player.pools[at];
  if (pool === undefined) return [];
  return numbersOf(pool).filter((first) =>
    Array.from({ length: port.count }, (_, offset) => first + offset).every(
      (number) =>
        rangesInclude(pool.usable, number) &&
        !player.desk.domain.obstaclesOn(number).some((obstacle) => exclude(obstacle, port)),
    ),
  );
}

describe('whatever happened before', () => {
  test('newcomers are served while there is a place, in a place, and refused when there is none', () => {
    fc.assert(
      fc.property(someOperations, fc.nat(POOLS - 1), someChosenPort, anyStrategy, (operations, at, port, strategy) => {
        const player = new Player();
        for (const operation of operations) player.play(operation);
        player.desk.wait(0);
        for (let newcomer = 0; newcomer < 40; newcomer++) {
          const pool = player.pools[at];
          if (pool === undefined) throw new Error(`there is no pool ${at}`);
          const open = places(player, at, port);
          const answer = player.desk.ask(allocation(`newcomer-${newcomer}`), pool, [port], { strategy });
          if (answer.ok) expect(open).toContain(answer.value.ports[0]?.number);
          else
            expect([answer.error.reason, open]).toEqual([
              expect.stringMatching(/^(PoolExhausted|InvalidRequest)$/),
              [],
            ]);
          if (!answer.ok) break;
        }
      }),
      { numRuns: 250 },
    );
  });
});
