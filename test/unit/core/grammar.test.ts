import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeCell,
  encodeCell,
  grammars,
  holder,
  isReadAgain,
  isWord,
  unwritable,
  wordFault,
} from '../../../src/core/index.ts';
import { anyClaim } from '../../support/arbitraries/claim.ts';
import { allocation, claim, tcp } from './make.ts';

/** Words that somebody may send to do harm, and others. */
const hostile = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'x y',
    'x\ny',
    'x\r',
    'x\u0000',
    'x\u2028y',
    'é',
    'x/y',
    '-x',
    'x-',
    'x..y',
    'X',
    'a'.repeat(300),
  ),
  fc.constantFrom(
    'x\nTCP held games Pod a/b u game 2023-11-14T22:13:20Z',
    'set[3]',
    'set[3',
    '__proto__',
    'x@y',
    'x.y',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.stringMatching(/^[a-zA-Z0-9 .\-\n[\]/:]{0,12}$/),
);

describe('a claim in whatever words', () => {
  test('is refused before it is written, or read again as it was', () => {
    let refused = 0;
    let written = 0;
    const words = fc.record({
      kind: hostile,
      group: hostile,
      namespace: hostile,
      name: hostile,
      uid: hostile,
      port: hostile,
    });
    const some = fc.tuple(anyClaim, words, fc.subarray(['kind', 'group', 'namespace', 'name', 'uid', 'port'] as const));
    fc.assert(
      fc.property(some, ([good, bad, which]) => {
        const { key: _, ...parts } = good.holder;
        const chosen = Object.fromEntries(which.filter((word) => word !== 'port').map((word) => [word, bad[word]]));
        const by = holder({ ...parts, ...chosen });
        const port = which.includes('port') ? bad.port : good.port;
        const claims = [{ ...good, holder: by, port }];
        const text = encodeCell(claims) ?? '';
        if (unwritable({ holder: by, ports: [tcp(port)] }) !== undefined) refused++;
        else {
          written++;
          expect(isReadAgain(claims, text)).toBe(true);
          expect(decodeCell(good.number, text)).toEqual(claims);
        }
        // What is not read as it was is known for that.
        if (isReadAgain(claims, text)) expect(encodeCell(decodeCell(good.number, text))).toBe(text);
      }),
      { numRuns: 3_000 },
    );
    expect(refused).toBeGreaterThan(300);
    expect(written).toBeGreaterThan(300);
  });

  test('is told by the word that is wrong, quoted in one line', () => {
    const by = allocation('x\ny', 'u1');
    expect(unwritable({ holder: by, ports: [tcp('game')] })).toBe(
      'the name of the holder "x\\ny" is not the name of an object: write the name of the object',
    );
    expect(unwritable({ holder: allocation('x', 'u 1'), ports: [] })).toContain('the UID of the holder "u 1"');
    expect(unwritable({ holder: allocation('x', 'u1'), ports: [tcp('ok'), tcp('a b')] })).toContain('"a b"');
  });

  test('may be of an ordinal that keeps its numbers', () => {
    const set = { group: 'apps', kind: 'StatefulSet', namespace: 'games', uid: 'u1' };
    expect(unwritable({ holder: holder({ ...set, name: 'web[3]' }), ports: [tcp('game')] })).toBeUndefined();
    expect(unwritable({ holder: holder({ ...set, name: 'web[3]x' }), ports: [] })).toBeDefined();
  });
});

describe('the words of Kubernetes', () => {
  test.each<readonly [keyof typeof grammars, string, boolean]>([
    ['dnsLabel', 'arena', true],
    ['dnsLabel', 'a.b', false],
    ['dnsLabel', 'a'.repeat(64), false],
    ['dnsName', 'web-0.games', true],
    ['dnsName', 'web-.games', false],
    ['dnsName', 'a'.repeat(253), true],
    ['dnsName', 'a'.repeat(254), false],
    ['dnsName', 'a\n', false],
    ['portName', 'http', true],
    ['portName', '8080', false],
    ['portName', '8080-x', true],
    ['portName', 'a--b', false],
    ['portName', 'abcdefghijklmnop', false],
    ['kind', 'Deployment', true],
    ['kind', 'Deploy ment', false],
    ['apiVersion', 'v1', true],
    ['apiVersion', 'leaderworkerset.x-k8s.io/v1', true],
    ['apiVersion', '/v1', false],
    ['apiVersion', 'a/b/c', false],
    ['uid', '705ab4f5-6393-11e8-b7cc-42010a800002', true],
    ['uid', 'a b', false],
    ['uid', '', false],
  ])('a %s may be "%s": %s', (name, text, expected) => {
    expect(isWord(grammars[name], text)).toBe(expected);
  });

  test('are looked at quickly, however long and however near to right', () => {
    const texts = ['a'.repeat(2_000_000), '-'.repeat(2_000_000), `${'a.'.repeat(126)}!`, 'a-'.repeat(126)];
    const began = performance.now();
    for (const grammar of Object.values(grammars)) for (const text of texts) wordFault(grammar, 'a word', text);
    for (const text of texts) decodeCell(20_000, `TCP reserved default Pod a/${text} ${text}`);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test('are quoted in part where they are long', () => {
    const fault = wordFault(grammars.dnsName, 'metadata.name', 'x'.repeat(100_000)) ?? '';
    expect(fault).toMatch(/^metadata\.name "x+…" has 100000 characters: write at most 253$/);
  });
});

test('a claim of a cell that says more than its words is not read again', () => {
  const forged = claim(20_000, { port: 'a\nTCP held games Pod a/b u game 2023-11-14T22:13:20Z' });
  expect(isReadAgain([forged], encodeCell([forged]) ?? '')).toBe(false);
});
