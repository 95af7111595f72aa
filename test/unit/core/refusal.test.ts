import { describe, expect, test } from '@jest/globals';
import { refusalCodes, refuse } from '../../../src/core/index.ts';
import { heldOtherwise, samples } from './refusal-samples.ts';
import { allocation, claim } from './make.ts';

const all = [...Object.values(samples), ...heldOtherwise];

/** The design's list: reasons are matched by scripts, codes are the answers of the webhook. */
const CATALOGUE = {
  InvalidRequest: 422,
  LedgerUnavailable: 503,
  NamespaceNotAllowed: 403,
  PoolExhausted: 503,
  PoolNotFound: 404,
  PoolNotReady: 503,
  PortHeld: 409,
  PortHeldBySelf: 409,
  PortOutsidePool: 422,
  QuotaExceeded: 403,
};

describe('the catalogue of refusals', () => {
  test('has the reasons of the design with their codes', () => {
    expect(refusalCodes).toEqual(CATALOGUE);
  });

  test('has a maker for each reason, and each maker a sample here', () => {
    expect(Object.keys(samples).sort()).toEqual(Object.keys(refuse).sort());
    expect(new Set(all.map(({ reason }) => reason))).toEqual(new Set(Object.keys(CATALOGUE)));
  });

  test.each(all.map(({ reason, message }) => [reason, message]))(
    '%s is said in one sentence that goes on: %s',
    (_, message) => {
      expect(message).toMatch(/^\S/);
      expect(message).not.toMatch(/undefined|NaN|\[object|\n|\.$|\s$| {2}/);
      // What is wrong, a colon, and what to do.
      expect(message).toMatch(/: \S.{5,}/);
    },
  );
});

describe('a refusal says', () => {
  test('who holds the number, and how', () => {
    const wanted = { number: 27015, port: 'rcon' };
    const by = { holder: allocation('match-7'), port: 'game' };
    expect(samples.held.message).toContain(
      'port 27015 for "rcon" is held by PortAllocation.hostport.io arena/match-7 (its port "game")',
    );
    expect(refuse.held(wanted, claim(27015, { ...by, state: 'reserved' })).message).toContain('arena/match-7');
    expect(heldOtherwise.map(({ message }) => message)).toEqual([
      expect.stringContaining('is cooling down after its release by PortAllocation.hostport.io arena/match-7'),
      expect.stringContaining('has an entry in the ledger that nobody can read'),
      expect.stringContaining('is used by Pod elsewhere/stranger, which took it without asking'),
      expect.stringContaining('is in use by a process of node "n7", which listens on it'),
    ]);
  });

  test('which pools there are, if any', () => {
    expect(refuse.poolNotFound('x', []).message).toBe('there is no PortPool "x": create one');
    expect(refuse.poolNotFound('x', ['a', 'b']).message).toBe('there is no PortPool "x": name one of "a", "b"');
    expect(refuse.noDefaultPool([]).message).not.toContain('one of');
    expect(refuse.noDefaultPool(['a']).message).toContain('name one of "a" (spec.poolName;');
  });

  test('where a number outside of the pool is to be had', () => {
    expect(samples.outsidePool.message).toContain('"legacy"');
    expect(refuse.outsidePool(5, 'p', '', []).message).toContain('(no usable numbers): no pool has it');
  });

  test('one number as one, several as several', () => {
    const details = { pool: 'p', port: 'x', protocols: 'TCPUDP', free: 0 };
    expect(refuse.exhausted({ ...details, count: 1 }).message).toContain('has no free TCPUDP number for port "x"');
    expect(refuse.exhausted({ ...details, count: 8 }).message).toContain(
      'has no 8 consecutive free TCPUDP numbers for port "x"',
    );
  });
});
