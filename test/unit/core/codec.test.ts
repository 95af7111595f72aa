import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TCP, UDP, decodeCell, encodeCell, encodeClaim, holder } from '../../../src/core/index.ts';
import { anyClaim } from '../../support/arbitraries/claim.ts';
import { allocation, claim } from './make.ts';

const anyClaims = fc.array(anyClaim, { minLength: 1, maxLength: 6 });

describe('claims are written down', () => {
  test('as lines that a person can read', () => {
    const game = claim(20000, { holder: allocation('match-7', 'u1'), port: 'game', time: 1_700_000_000 });
    expect(encodeClaim(game)).toBe(
      'TCP held games PortAllocation.hostport.io arena/match-7 u1 game 2023-11-14T22:13:20Z',
    );
    const voice = { ...game, protocols: TCP | UDP, address: '10.0.0.5', state: 'cooling' as const };
    expect(encodeClaim(voice)).toBe(
      'TCPUDP@10.0.0.5 cooling games PortAllocation.hostport.io arena/match-7 u1 game 2023-11-14T22:13:20Z',
    );
    const rack = holder({ group: '', kind: 'Rack', namespace: '', name: 'r', uid: 'u2' });
    expect(encodeClaim({ ...game, holder: rack, address: '::' })).toBe(
      'TCP@:: held games Rack /r u2 game 2023-11-14T22:13:20Z',
    );
  });

  test('and not at all when there is none', () => {
    expect(encodeCell([])).toBeUndefined();
    expect(decodeCell(20000, '')).toEqual([]);
  });

  test('in the same text, whatever their order', () => {
    fc.assert(
      fc.property(anyClaims, fc.nat(), (claims, seed) => {
        const turned = [...claims.slice(seed % claims.length), ...claims.slice(0, seed % claims.length)].reverse();
        expect(encodeCell(turned)).toBe(encodeCell(claims));
      }),
    );
  });

  test('and read again as they were', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65535 }), anyClaims, (number, claims) => {
        const here = claims.map((each) => ({ ...each, number }));
        const text = encodeCell(here) ?? '';
        const read = decodeCell(number, text);
        expect(new Set(read.map(encodeClaim))).toEqual(new Set(here.map(encodeClaim)));
        expect(read).toEqual(expect.arrayContaining(here));
        expect(read).toHaveLength(here.length);
        expect(encodeCell(read)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});
