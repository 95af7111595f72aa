import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Domain } from '../../../../src/core/index.ts';
import { someOperations } from '../../../support/arbitraries/operation.ts';
import { Player } from './player.ts';

/** What the namespaces have, counted anew: pool, then how many pairs of number and address, then those only reserved. */
function counted(domain: Domain, namespace: string, pool: string): { held: number; unconfirmed: number } {
  const theirs = [...domain.claims()].filter((claim) => claim.pool === pool && claim.holder.namespace === namespace);
  const pairs = (...states: readonly string[]): Set<string> =>
    new Set(theirs.filter(({ state }) => states.includes(state)).map(({ number, address }) => `${number} ${address}`));
  const held = pairs('held', 'reserved');
  return { held: held.size, unconfirmed: held.size - pairs('held').size };
}

test('what is kept about namespaces is what counting every claim tells, also when plans are taken back', () => {
  fc.assert(
    fc.property(someOperations, (operations) => {
      const player = new Player();
      const { domain } = player.desk;
      for (const operation of operations) {
        player.play(operation);
        for (const { name } of player.pools) {
          const right = counted(domain, 'arena', name);
          expect({ ...domain.tally.of('arena', name) }).toEqual(right);
          expect(new Map(domain.tally.heldIn(name)).get('arena') ?? 0).toBe(right.held);
        }
      }
    }),
    { numRuns: 150 },
  );
});
