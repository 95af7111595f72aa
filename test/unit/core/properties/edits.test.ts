import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PortRequest } from '../../../../src/core/index.ts';
import { edited, someEdit } from '../../../support/arbitraries/edit.ts';
import { someAsk, someOperations } from '../../../support/arbitraries/operation.ts';
import { Player } from './player.ts';
import type { Asked } from './player.ts';

function same(left: PortRequest, right: PortRequest): boolean {
  const { name, protocols, address, count, number } = left;
  return (
    name === right.name &&
    protocols === right.protocols &&
    address === right.address &&
    count === right.count &&
    number === right.number
  );
}

/** The numbers of the ports of `asked` that were granted as they were wished, by name. */
function grants({ answer, ports }: Asked): readonly { wish: PortRequest; number: number }[] {
  if (!answer.ok) return [];
  return ports.map((wish, at) => ({ wish, number: answer.value.ports[at]?.number ?? 0 }));
}

describe('whatever happened before', () => {
  test('a port that an edit leaves alone keeps its number', () => {
    fc.assert(
      fc.property(
        someOperations,
        someAsk,
        fc.array(someEdit, { minLength: 1, maxLength: 4 }),
        (operations, ask, edits) => {
          const player = new Player();
          for (const operation of operations) player.play(operation);
          let ports = ask.ports;
          let before = grants(player.ask(ask));
          for (const edit of edits) {
            ports = edited(ports, edit);
            const asked = player.ask({ ...ask, ports });
            if (!asked.answer.ok) continue;
            const after = grants(asked);
            const kept = before.filter(({ wish }) => after.some((port) => same(port.wish, wish)));
            const numbers = kept.map(({ wish }) => after.find((port) => same(port.wish, wish)));
            expect(numbers).toEqual(kept);
            before = after;
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  test('every number that a holder had is granted again, left over, or still where it was', () => {
    fc.assert(
      fc.property(someOperations, (operations) => {
        const player = new Player();
        for (const operation of operations) {
          player.desk.wait(0);
          const who = operation.does === 'ask' ? operation.who : 0;
          const before = player.desk.domain.claimsOf(player.holder(who).key).slice();
          const asked = player.play(operation);
          if (asked?.answer.ok !== true) continue;
          const { ports, leftover } = asked.answer.value;
          const granted = new Set(
            ports.flatMap(({ number, count }) => Array.from({ length: count }, (_, at) => number + at)),
          );
          const kept = before.filter(({ number }) => !granted.has(number));
          expect(player.desk.domain.claimsOf(asked.holder.key)).toEqual(expect.arrayContaining(kept));
          const mine = kept.filter((claim) => claim.holder.uid === asked.holder.uid && claim.state !== 'cooling');
          expect(leftover).toEqual(expect.arrayContaining(mine));
        }
      }),
      { numRuns: 400 },
    );
  });
});
