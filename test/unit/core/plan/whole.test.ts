import { describe, expect, test } from '@jest/globals';
import type { PortRequest } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, pool, tcp, udp } from '../make.ts';
import { portrait } from '../portrait.ts';

const games = pool('20000-20003');

describe("a request that can't be met whole changes nothing", () => {
  test.each<[string, string, readonly PortRequest[]]>([
    ['one chosen number too many', 'PoolExhausted', [tcp('a'), tcp('b'), tcp('c'), tcp('d')]],
    ['a block that finds no room', 'PoolExhausted', [tcp('a'), udp('b'), tcp('c', { count: 3 })]],
    ['a block beyond the pool', 'InvalidRequest', [tcp('a'), tcp('b', { count: 5 })]],
    ['an exact number that is held', 'PortHeld', [tcp('a'), tcp('b', { number: 20003 }), tcp('c', { number: 20000 })]],
    ['an exact number outside', 'PortOutsidePool', [tcp('a', { number: 20002 }), tcp('b', { number: 1 })]],
    ['exact numbers over each other', 'PortHeldBySelf', [tcp('a', { number: 20002 }), tcp('b', { number: 20002 })]],
  ])('for %s: %s', (_, reason, ports) => {
    const desk = new Desk();
    desk.numbers(allocation('other'), games, [tcp('game', { number: 20000 })]);
    const before = portrait(desk.domain, [games]);
    expect(desk.refusal(allocation('a'), games, ports).reason).toBe(reason);
    expect(portrait(desk.domain, [games])).toEqual(before);
  });

  test('within a write, and keeps what was planned before it there', () => {
    const desk = new Desk();
    desk.write((planned) => {
      expect(planned(allocation('a'), games, [tcp('x'), tcp('y')]).ok).toBe(true);
      expect(planned(allocation('b'), games, [tcp('x'), tcp('y'), tcp('z')]).ok).toBe(false);
      expect(planned(allocation('c'), games, [tcp('x'), tcp('y')]).ok).toBe(true);
    });
    const holders = Object.values(desk.cells()).map((line) => /arena\/(\S+)/.exec(line ?? '')?.[1]);
    expect(holders).toEqual(['a', 'a', 'c', 'c']);
  });

  test('of no ports at all is met with nothing', () => {
    const desk = new Desk();
    const value = { ports: [], charged: new Map(), leftover: [] };
    expect(desk.ask(allocation('a'), games, [])).toEqual({ ok: true, value });
    expect(desk.cells()).toEqual({});
  });
});

describe('a dry run', () => {
  test('gives the answer of the real one and leaves nothing behind', () => {
    const desk = new Desk();
    const before = portrait(desk.domain, [games]);
    const tried = desk.dryRun((planned) => planned(allocation('a'), games, [tcp('x'), udp('y')]));
    expect(portrait(desk.domain, [games])).toEqual(before);
    expect(desk.ask(allocation('a'), games, [tcp('x'), udp('y')])).toEqual(tried);
  });
});
