import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rangesInclude } from '../../../../src/core/index.ts';
import { someAsk, someOperations } from '../../../support/arbitraries/operation.ts';
import { portrait } from '../portrait.ts';
import { Player } from './player.ts';
import type { Asked } from './player.ts';

const RUNS = { numRuns: 250 };

/** Plays a day, and hands each ask to `check` with what the domain said before it and after it. */
function everyAsk(check: (asked: Asked, player: Player, before: ReturnType<typeof portrait>) => void): void {
  fc.assert(
    fc.property(someOperations, (operations) => {
      const player = new Player();
      for (const operation of operations) {
        player.desk.wait(0);
        const before = portrait(player.desk.domain, player.pools);
        const asked = player.play(operation);
        if (asked !== undefined) check(asked, player, before);
      }
    }),
    RUNS,
  );
}

describe('whatever happened before', () => {
  test('a refusal leaves the domain exactly as it was', () => {
    everyAsk(({ answer }, player, before) => {
      if (!answer.ok) expect(portrait(player.desk.domain, player.pools)).toEqual(before);
    });
  });

  test('a grant gives each port what it asked for, and is recorded so', () => {
    everyAsk(({ answer, ports, holder }, player) => {
      if (!answer.ok) return;
      expect(answer.value.ports).toEqual(ports.map((port) => ({ number: expect.any(Number), ...port })));
      for (const port of answer.value.ports) {
        for (let number = port.number; number < port.number + port.count; number++) {
          const recorded = player.desk.domain.claimsOn(number).filter((claim) => claim.holder.uid === holder.uid);
          const { protocols, address } = port;
          expect(recorded).toContainEqual(
            expect.objectContaining({ port: port.name, protocols, address, state: 'held' }),
          );
        }
      }
    });
  });

  test("chosen numbers differ from each other, and are of the pool or were the holder's own", () => {
    everyAsk(({ answer, ports, pool }, _, before) => {
      if (!answer.ok) return;
      const all = answer.value.ports.map(({ number, count }) => Array.from({ length: count }, (__, at) => number + at));
      for (const [at, numbers] of all.entries()) {
        if (ports[at]?.number !== undefined) continue;
        const others = all.filter((___, other) => other !== at && ports[other]?.number === undefined).flat();
        expect(numbers.filter((number) => others.includes(number))).toEqual([]);
        const foreign = numbers.filter((number) => !rangesInclude(pool.usable, number));
        const known = before.claims.map((line) => Number(line.slice(0, line.indexOf(' '))));
        expect(foreign.filter((number) => !known.includes(number))).toEqual([]);
      }
    });
  });

  test('asking again gives the same and writes nothing', () => {
    everyAsk(({ answer, holder, pool, ports }, player) => {
      if (!answer.ok) return;
      const once = portrait(player.desk.domain, player.pools);
      const again = player.desk.ask(holder, pool, ports, { gone: player.gone });
      expect(again).toMatchObject({ ok: true, value: { ports: answer.value.ports, charged: new Map() } });
      expect(portrait(player.desk.domain, player.pools)).toEqual(once);
    });
  });

  test('others are left alone', () => {
    everyAsk(({ holder }, player, before) => {
      const after = portrait(player.desk.domain, player.pools);
      const others = { ...before.holders, [holder.key]: [] };
      expect({ ...after.holders, [holder.key]: [] }).toEqual(others);
    });
  });

  test('a dry run leaves nothing behind', () => {
    fc.assert(
      fc.property(someOperations, fc.array(someAsk, { maxLength: 5 }), (operations, asks) => {
        const player = new Player();
        for (const operation of operations) player.play(operation);
        player.desk.wait(0);
        const before = portrait(player.desk.domain, player.pools);
        player.desk.dryRun((planned) => {
          for (const { who, pool: at, ports, strategy } of asks) {
            const pool = player.pools[at];
            if (pool !== undefined) planned(player.holder(who), pool, ports, { strategy, gone: player.gone });
          }
        });
        expect(portrait(player.desk.domain, player.pools)).toEqual(before);
      }),
      RUNS,
    );
  });
});
