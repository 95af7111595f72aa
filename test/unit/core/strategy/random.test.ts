import { describe, expect, test } from '@jest/globals';
import { GROUP } from '../../../../src/core/index.ts';
import type { Pool } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, claim, pool, tcp } from '../make.ts';
import { numbersOf } from '../portrait.ts';

const DRAWS = 20_000;

/** How often each number is given to the last of `asked` holders that ask in one write. */
function drawn(desk: Desk, games: Pool, asked: number): Map<number, number> {
  const counts = new Map<number, number>();
  for (let draw = 0; draw < DRAWS; draw++) {
    const last = desk.dryRun((planned) => {
      const grants = Array.from({ length: asked }, (_, at) =>
        planned(allocation(`holder-${at}`), games, [tcp('game')]),
      );
      const grant = grants.at(-1);
      return grant?.ok === true ? (grant.value.ports[0]?.number ?? 0) : 0;
    });
    counts.set(last, (counts.get(last) ?? 0) + 1);
  }
  return counts;
}

describe('Random gives each free number with equal chance', () => {
  test.each([
    ['one that asks alone', 1, '20000-20199'],
    ['the second of a write', 2, '20000-20199'],
    ['the fifth of a write', 5, '20000-20199'],
    ['one that asks of a pool with gaps', 1, '100 200-260 1000-1129 5000'],
  ])('to %s', (_, asked, text) => {
    const desk = new Desk(11);
    const games = pool(text, { strategy: 'Random' });
    const free = numbersOf(games).filter((number) => number % 4 !== 1);
    for (const number of numbersOf(games)) if (!free.includes(number)) desk.domain.write(number, [claim(number)]);
    const counts = drawn(desk, games, asked);
    expect([...counts.keys()].sort((left, right) => left - right)).toEqual(free);
    const expected = DRAWS / free.length;
    // Five standard deviations: one run in a million would fail by chance, and the source is seeded.
    const tolerance = 5 * Math.sqrt(expected);
    for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(tolerance);
  });
});

describe('Random keeps the requests of one write together', () => {
  const games = pool('20032-20671', { strategy: 'Random' });
  const groupOf = (number: number) => Math.floor(number / GROUP);

  function groupsOfOneWrite(desk: Desk, requests: number): number[] {
    const numbers = desk.dryRun((planned) =>
      Array.from({ length: requests }, (_, at) => planned(allocation(`a${at}`), games, [tcp('game')])),
    );
    return numbers.map((grant) => (grant.ok ? groupOf(grant.value.ports[0]?.number ?? 0) : -1));
  }

  test('in one group of 64', () => {
    const desk = new Desk(3);
    for (let write = 0; write < 50; write++) expect(new Set(groupsOfOneWrite(desk, 20)).size).toBe(1);
  });

  test('and goes on to another group when that one is full', () => {
    const groups = groupsOfOneWrite(new Desk(3), 200);
    expect(groups).not.toContain(-1);
    const changes = groups.filter((group, at) => at > 0 && group !== groups[at - 1]);
    expect(changes.length).toBe(new Set(groups).size - 1);
  });

  test('while separate writes go everywhere', () => {
    const desk = new Desk(3);
    const groups = Array.from({ length: 300 }, () => groupsOfOneWrite(desk, 1)[0] ?? -1);
    expect(new Set(groups).size).toBe(new Set(numbersOf(games).map(groupOf)).size);
  });
});
