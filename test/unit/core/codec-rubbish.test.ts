import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { conflicts, decodeCell, encodeCell } from '../../../src/core/index.ts';
import { Desk } from './desk.ts';
import { allocation, pool, tcp, udp } from './make.ts';

const GOOD = 'TCP held games PortAllocation.hostport.io arena/match-7 u1 game 2023-11-14T22:13:20Z';

describe('what nobody can read', () => {
  test.each([
    ['prose', 'please leave this alone'],
    ['one character', '?'],
    ['a protocol that is none', GOOD.replace('TCP', 'ICMP')],
    ['a protocol twice', GOOD.replace('TCP', 'TCP+TCP')],
    ['an address that is none', GOOD.replace('TCP', 'TCP@10.0.0.256')],
    ['an empty address', GOOD.replace('TCP', 'TCP@')],
    ['a state that is none', GOOD.replace('held', 'mine')],
    ['a state that no manager writes', GOOD.replace('held', 'unreadable')],
    ['a word too few', GOOD.replace(' game', '')],
    ['a word too many', `${GOOD} indeed`],
    ['two spaces', GOOD.replace(' held', '  held')],
    ['no holder', GOOD.replace('arena/match-7', '/')],
    ['a date without time', GOOD.replace('T22:13:20Z', '')],
    ['a month that is none', GOOD.replace('2023-11', '2023-13')],
    ['a day that its month does not have', GOOD.replace('2023-11-14', '2023-02-30')],
    ['an hour that is none', GOOD.replace('T22:13', 'T24:00')],
    ['JSON', '{"protocol":"TCP"}'],
    ['a name with a space that is held', GOOD.replace('match-7', 'match 7')],
    ['half a reservation', 'TCP reserved default Pod games/x'],
    [
      'a reservation with a remark',
      'TCP reserved default Pod a/b 0123456789abcdef-0123456789ab a 2023-11-14T22:14:00Z # mine',
    ],
  ])('is kept as it stands: %s', (_, text) => {
    const claims = decodeCell(20000, text);
    expect(claims).toMatchObject([{ number: 20000, state: 'unreadable', text }]);
    expect(encodeCell(claims)).toBe(text);
  });

  test('stays beside what can be read', () => {
    const claims = decodeCell(20000, `${GOOD}\nscribble\n\n   \n`);
    expect(claims.map(({ state }) => state).sort()).toEqual(['held', 'unreadable']);
    expect(encodeCell(claims)?.split('\n').sort()).toEqual([GOOD, 'scribble']);
  });

  test('keeps every line, whatever it says', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }), (texts) => {
        const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line.trim() !== '');
        const kept = encodeCell(decodeCell(20000, texts.join('\n')))?.split('\n') ?? [];
        expect(kept.sort()).toEqual(lines.sort());
      }),
      { numRuns: 300 },
    );
  });

  test('is in the way of everything', () => {
    const [scribble] = decodeCell(20000, 'scribble');
    for (let protocols = 1; protocols <= 7; protocols++) {
      for (const address of ['', '0.0.0.0', '::', '10.0.0.1', 'fd00::1']) {
        expect(scribble !== undefined && conflicts(scribble, { protocols, address })).toBe(true);
      }
    }
  });

  test('keeps its number from being handed out, and outlives what happens around it', () => {
    const desk = new Desk();
    const games = pool('20000-20001');
    desk.domain.write(20000, decodeCell(20000, `scribble\n${GOOD}`));
    const before = desk.cells()[20000];
    expect(desk.numbers(allocation('a'), games, [tcp('p')])).toEqual({ p: 20001 });
    expect(desk.refusal(allocation('b'), games, [tcp('p')]).reason).toBe('PoolExhausted');
    expect(desk.refusal(allocation('c'), games, [udp('p', { number: 20000 })])).toMatchObject({
      reason: 'PortHeld',
      message: expect.stringContaining('has an entry in the ledger that nobody can read'),
    });
    expect(desk.cells()[20000]).toBe(before);
    desk.release(allocation('match-7', 'u1'), 0);
    desk.wait(1_000_000);
    expect(desk.cells()[20000]).toBe('scribble');
  });
});
