import { describe, expect, test } from '@jest/globals';
import {
  SCTP,
  TCP,
  UDP,
  addressCovers,
  addressesOverlap,
  conflicts,
  firstConflict,
  parseAddress,
} from '../../../../src/core/index.ts';
import { claim } from '../make.ts';

const PROTOCOLS = { TCP, UDP, SCTP, TCPUDP: TCP | UDP };
const SHARED: Readonly<Record<keyof typeof PROTOCOLS, readonly string[]>> = {
  TCP: ['TCP', 'TCPUDP'],
  UDP: ['UDP', 'TCPUDP'],
  SCTP: ['SCTP'],
  TCPUDP: ['TCP', 'UDP', 'TCPUDP'],
};

/** Who is in whose way, written out: the table of the design, row by row. */
const OVERLAPS: Readonly<Record<string, readonly string[]>> = {
  '': ['', '0.0.0.0', '::', '10.0.0.1', '10.0.0.2', 'fd00::1', 'fd00::2', '::ffff:10.0.0.1'],
  '0.0.0.0': ['', '0.0.0.0', '10.0.0.1', '10.0.0.2', '::ffff:10.0.0.1'],
  '::': ['', '::', 'fd00::1', 'fd00::2'],
  '10.0.0.1': ['', '0.0.0.0', '10.0.0.1', '::ffff:10.0.0.1'],
  '10.0.0.2': ['', '0.0.0.0', '10.0.0.2'],
  'fd00::1': ['', '::', 'fd00::1'],
  'fd00::2': ['', '::', 'fd00::2'],
  '::ffff:10.0.0.1': ['', '0.0.0.0', '10.0.0.1', '::ffff:10.0.0.1'],
};

const addresses = Object.keys(OVERLAPS);
const names = Object.keys(PROTOCOLS) as (keyof typeof PROTOCOLS)[];
const pairs = names.flatMap((left) => names.map((right) => [left, right] as const));

function use(protocols: keyof typeof PROTOCOLS, address: string) {
  return { protocols: PROTOCOLS[protocols], address: parseAddress(address) ?? 'bad' };
}

describe('two uses of one number exclude each other', () => {
  test.each(pairs)('%s beside %s, on every pair of addresses', (left, right) => {
    for (const mine of addresses) {
      for (const theirs of addresses) {
        const expected = SHARED[left].includes(right) && (OVERLAPS[mine] ?? []).includes(theirs);
        const found = conflicts(use(left, mine), use(right, theirs));
        expect({ mine, theirs, conflict: found }).toEqual({ mine, theirs, conflict: expected });
      }
    }
  });

  test('in both directions alike', () => {
    for (const left of addresses)
      for (const right of addresses) expect(OVERLAPS[right]?.includes(left)).toBe(OVERLAPS[left]?.includes(right));
    expect(addressesOverlap('10.0.0.1', '0.0.0.0')).toBe(addressesOverlap('0.0.0.0', '10.0.0.1'));
  });
});

test('what is held at an address may be used where everything that overlaps it overlaps that, too', () => {
  for (const held of addresses) {
    for (const wanted of addresses) {
      const covered = (OVERLAPS[wanted] ?? []).every((each) => OVERLAPS[held]?.includes(each));
      const covers = addressCovers(parseAddress(held) ?? 'bad', parseAddress(wanted) ?? 'bad');
      expect({ held, wanted, covers }).toEqual({ held, wanted, covers: covered });
    }
  }
});

describe('of several claims', () => {
  const onTcp = claim(1, { protocols: TCP, address: '10.0.0.1' });
  const onUdp = claim(1, { protocols: UDP });

  test('the first in the way is told', () => {
    expect(firstConflict([onTcp, onUdp], { protocols: UDP, address: '' })).toBe(onUdp);
    expect(firstConflict([onTcp, onUdp], { protocols: TCP | UDP, address: '' })).toBe(onTcp);
  });

  test('none is in the way of another protocol or address', () => {
    expect(firstConflict([onTcp, onUdp], { protocols: TCP, address: '10.0.0.2' })).toBeUndefined();
    expect(firstConflict([onTcp, onUdp], { protocols: SCTP, address: '' })).toBeUndefined();
    expect(firstConflict([], { protocols: TCP, address: '' })).toBeUndefined();
  });
});
