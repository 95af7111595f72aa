import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { someOperations } from '../../../support/arbitraries/operation.ts';
import { LOOKS, numbersOf, portrait } from '../portrait.ts';
import { exclude } from './naive.ts';
import { Player } from './player.ts';

test('what is kept about free numbers is what looking at every number tells', () => {
  fc.assert(
    fc.property(someOperations, (operations) => {
      const player = new Player();
      const { domain } = player.desk;
      for (const operation of operations) {
        player.play(operation);
        const { untouched, fitting } = portrait(domain, player.pools);
        const numbers = player.pools.map(numbersOf);
        expect(untouched).toEqual(
          numbers.map((all) => all.filter((number) => domain.obstaclesOn(number).length === 0)),
        );
        expect(fitting).toEqual(
          numbers.flatMap((all) =>
            LOOKS.map((look) =>
              all.filter((number) => !domain.obstaclesOn(number).some((claim) => exclude(claim, look))),
            ),
          ),
        );
      }
    }),
    { numRuns: 150 },
  );
});
