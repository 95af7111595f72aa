import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeClaim } from '../../../../src/core/index.ts';
import type { Domain } from '../../../../src/core/index.ts';
import { someOperations } from '../../../support/arbitraries/operation.ts';
import { exclude } from './naive.ts';
import { Player } from './player.ts';

test('no two claims ever exclude each other, whatever happens', () => {
  fc.assert(
    fc.property(someOperations, (operations) => {
      const player = new Player();
      for (const operation of operations) {
        player.play(operation);
        expect(pairsInConflict(player.desk.domain)).toEqual([]);
      }
    }),
    { numRuns: 400 },
  );
});

function pairsInConflict(domain: Domain): string[] {
  const claims = [...domain.claims()];
  return claims.flatMap((left, at) =>
    claims
      .slice(at + 1)
      .filter((right) => left.number === right.number && exclude(left, right))
      .map((right) => `${left.number}: ${encodeClaim(left)} | ${encodeClaim(right)}`),
  );
}
