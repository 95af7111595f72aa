import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { someAsk, someOperations } from '../../../support/arbitraries/operation.ts';
import { Desk } from '../desk.ts';
import { allocation } from '../make.ts';
import { portrait } from '../portrait.ts';
import { Player } from './player.ts';

const newcomer = allocation('newcomer');

describe('whatever happened before', () => {
  test('to reserve and release leaves the domain as it was, and to reserve again gives the same', () => {
    fc.assert(
      fc.property(someOperations, someAsk, (operations, { pool: at, ports, strategy, start }) => {
        const player = new Player();
        const { desk, pools } = player;
        for (const operation of operations) player.play(operation);
        const pool = pools[at];
        if (pool === undefined) throw new Error(`there is no pool ${at}`);
        desk.wait(0);
        const before = portrait(desk.domain, pools);
        // A source of its own each time, so that Random draws the same.
        const ask = () =>
          desk.ask(newcomer, pool, ports, { strategy: strategy === 'Random' ? 'Stride' : strategy, start });
        const first = ask();
        const reserved = portrait(desk.domain, pools);
        desk.release(newcomer, 0);
        expect(portrait(desk.domain, pools)).toEqual(before);
        expect(ask()).toEqual(first);
        expect(portrait(desk.domain, pools)).toEqual(reserved);
      }),
      { numRuns: 250 },
    );
  });

  test('a domain is empty when all have released and every cooldown has ended', () => {
    fc.assert(
      fc.property(someOperations, (operations) => {
        const player = new Player();
        const { desk, pools } = player;
        for (const operation of operations) {
          player.play(operation);
          if (operation.does === 'observe') desk.domain.observe(operation.number, []);
        }
        const everybody = [...desk.domain.claims()].map((claim) => claim.holder);
        for (const holder of everybody) desk.release(holder, 7);
        desk.wait(9);
        expect(portrait(desk.domain, pools)).toEqual(portrait(new Desk().domain, pools));
        expect(desk.domain.nextExpiry).toBe(Infinity);
      }),
      { numRuns: 250 },
    );
  });
});
