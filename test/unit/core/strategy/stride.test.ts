import { describe, expect, test } from '@jest/globals';
import { GROUP } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, pool, tcp } from '../make.ts';

const games = pool('20000-29999', { strategy: 'Stride' });

function first(name: string, port = 'game', namespace = 'arena'): number {
  return new Desk(name.length).numbers(allocation(name, 'any', namespace), games, [tcp(port)])[port] ?? 0;
}

describe('Stride', () => {
  test('gives the same holder the same number first, whatever its UID, on every replica', () => {
    const desk = new Desk(42);
    for (const name of ['match-1', 'match-2', 'match-3']) {
      expect(desk.numbers(allocation(name, 'another life'), games, [tcp('game')])['game']).toBe(first(name));
    }
  });

  test('gives a holder its number again after others came and went', () => {
    const desk = new Desk();
    const before = desk.numbers(allocation('match-1'), games, [tcp('game')]);
    desk.release(allocation('match-1'));
    const others = Array.from({ length: 50 }, (_, at) => allocation(`other-${at}`));
    for (const other of others) desk.numbers(other, games, [tcp('game')]);
    for (const other of others) desk.release(other);
    expect(desk.numbers(allocation('match-1'), games, [tcp('game')])).toEqual(before);
  });

  test('goes elsewhere when that number is taken', () => {
    const desk = new Desk();
    desk.numbers(allocation('squatter'), games, [tcp('game', { number: first('match-1') })]);
    const number = desk.numbers(allocation('match-1'), games, [tcp('game')])['game'];
    expect(number).not.toBe(first('match-1'));
    expect(number).toBeGreaterThanOrEqual(20000);
  });

  test('asks for different numbers for different holders and ports', () => {
    const names = Array.from({ length: 40 }, (_, at) => `match-${at}`);
    const ports = Array.from({ length: 40 }, (_, at) => `port-${at}`);
    expect(new Set(names.map((name) => first(name))).size).toBeGreaterThan(20);
    expect(new Set(ports.map((port) => first('match-1', port))).size).toBeGreaterThan(20);
  });

  test('keeps the holders of a namespace in one block until that is full', () => {
    const desk = new Desk();
    const numbers = Array.from(
      { length: 128 },
      (_, at) => desk.numbers(allocation(`match-${at}`), games, [tcp('game')])['game'] ?? 0,
    );
    const blocks = numbers.map((number) => Math.floor(number / GROUP));
    expect(new Set(blocks.slice(0, 48)).size).toBe(1);
    expect(new Set(blocks).size).toBeLessThanOrEqual(4);
  });

  test('spreads namespaces and pools over the blocks', () => {
    const namespaces = Array.from({ length: 100 }, (_, at) => `team-${at}`);
    const blocks = namespaces.map((namespace) => Math.floor(first('match', 'game', namespace) / GROUP));
    expect(new Set(blocks).size).toBeGreaterThan(30);
    const twin = { ...games, name: 'twin' };
    const inTwin = new Desk().numbers(allocation('match-1'), twin, [tcp('game')])['game'] ?? 0;
    expect(Math.floor(inTwin / GROUP)).not.toBe(Math.floor(first('match-1') / GROUP));
  });
});
