import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Claim, Domain } from '../../../../src/core/index.ts';
import { someOperations } from '../../../support/arbitraries/operation.ts';
import { Player } from './player.ts';

/** What the namespaces have, counted anew: how many pairs of number and address, and of those how many only pods have reserved. */
function counted(domain: Domain, namespace: string, pool: string): { held: number; unconfirmed: number } {
  const theirs = [...domain.claims()].filter((claim) => claim.pool === pool && claim.holder.namespace === namespace);
  const pairs = (counts: (claim: Claim) => boolean): Set<string> =>
    new Set(theirs.filter(counts).map(({ number, address }) => `${number} ${address}`));
  const isReserved = ({ state }: Claim): boolean => state === 'reserved';
  const isHeld = ({ state }: Claim): boolean => state === 'held';
  const held = pairs((claim) => isHeld(claim) || isReserved(claim));
  const confirmed = pairs((claim) => isHeld(claim) || (isReserved(claim) && claim.holder.kind !== 'Pod'));
  return { held: held.size, unconfirmed: held.size - confirmed.size };
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
        }
      }
    }),
    { numRuns: 150 },
  );
});
