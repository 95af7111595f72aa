import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Claim, Domain } from '../../../../src/core/index.ts';
import { someOperations } from '../../../support/arbitraries/operation.ts';
import { exclude } from './naive.ts';
import { Player } from './player.ts';

test('no two claims ever exclude each other but those of lender and borrower, whatever happens', () => {
  fc.assert(
    fc.property(someOperations, (operations) => {
      const player = new Player();
      for (const operation of operations) {
        player.play(operation);
        expect(pairsInConflict(player.desk.domain).filter((pair) => !isLoan(pair))).toEqual([]);
      }
    }),
    { numRuns: 400 },
  );
});

test('an allocation never has two pods, and a pod that borrows has every number of it until it leaves', () => {
  fc.assert(
    fc.property(someOperations, (operations) => {
      const player = new Player();
      const { domain } = player.desk;
      for (const operation of operations) {
        const before = usesOfPods(domain);
        player.play(operation);
        // A retry takes everything over; whoever leaves has nothing.
        const moving = operation.does === 'borrow' || operation.does === 'leave' ? `pod-${operation.pod}` : '';
        for (const use of before) if (!use.startsWith(`${moving} `)) expect(usesOfPods(domain)).toContain(use);
        for (const pods of borrowersByLender(domain).values()) expect([...pods]).toHaveLength(1);
      }
    }),
    { numRuns: 400 },
  );
});

/** What pods have, as it stays from their reservation to their end. */
function usesOfPods(domain: Domain): readonly string[] {
  const uses = [...domain.claims()].filter(({ holder, state }) => holder.kind === 'Pod' && state !== 'cooling');
  return uses.map(({ holder, number, protocols, address }) => `${holder.name} ${number} ${protocols} ${address}`);
}

function borrowersByLender(domain: Domain): ReadonlyMap<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const pair of pairsInConflict(domain)) {
    const [lender, borrower] = pair[0].holder.kind === 'Pod' ? [pair[1], pair[0]] : pair;
    found.set(lender.holder.uid, (found.get(lender.holder.uid) ?? new Set()).add(borrower.holder.name));
  }
  return found;
}

type Pair = readonly [Claim, Claim];

/** Told without the allocator's own judge: a living pod, and a living allocation, which lives in the same namespace here. */
function isLoan([left, right]: Pair): boolean {
  const kinds = [left, right].map(({ holder, state }) => `${state === 'cooling' ? 'no ' : ''}${holder.kind}`);
  return kinds.toSorted().join() === 'Pod,PortAllocation';
}

function pairsInConflict(domain: Domain): readonly Pair[] {
  const claims = [...domain.claims()];
  return claims.flatMap((left, at) =>
    claims
      .slice(at + 1)
      .filter((right) => left.number === right.number && exclude(left, right))
      .map((right) => [left, right] as const),
  );
}
