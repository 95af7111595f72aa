import { describe, expect, test } from '@jest/globals';
import { findingsOn } from '../../../src/agent/index.ts';
import type { Host } from '../../../src/agent/index.ts';
import { MOST_SOCKETS } from '../../../src/api/index.ts';
import type { ListeningSocket } from '../../../src/api/index.ts';
import { storedPool } from '../allocation/resources.ts';

const host: Host = { ephemeral: { first: 32_768, last: 60_999 }, reserved: [], sockets: [] };
const games = storedPool('games', { ranges: ['20000-20099'], exclude: ['20050'] }).spec;

const tcp = (port: number, address?: string): ListeningSocket => ({
  protocol: 'TCP',
  port,
  ...(address === undefined ? {} : { address }),
});

describe('a report', () => {
  test('has the range of the kernel, and what of it is left alone', () => {
    const reserved = [
      { first: 8080, last: 8080 },
      { first: 32_000, last: 32_800 },
      { first: 40_000, last: 40_000 },
    ];
    expect(findingsOn({ ...host, reserved }, [])).toEqual({
      ephemeral: '32768-60999',
      reserved: ['32768-32800', '40000'],
      listening: [],
      sockets: 0,
      truncated: false,
    });
  });

  test('says nothing of a kernel that says nothing', () => {
    const reserved = [{ first: 8080, last: 8080 }];
    expect(findingsOn({ ...host, ephemeral: undefined, reserved }, [])).toEqual({
      listening: [],
      sockets: 0,
      truncated: false,
    });
  });

  test('names what listens on numbers of pools, each once, and in one order', () => {
    const sockets = [tcp(20_001), tcp(20_000, '10.0.0.5'), tcp(20_000, '10.0.0.4'), tcp(20_001)];
    const others = [tcp(19_999), tcp(20_050), tcp(20_100), { ...tcp(20_000), protocol: 'UDP' as const }];
    expect(findingsOn({ ...host, sockets: [...sockets, ...others] }, [games]).listening).toEqual([
      tcp(20_000, '10.0.0.4'),
      tcp(20_000, '10.0.0.5'),
      { protocol: 'UDP', port: 20_000 },
      tcp(20_001),
    ]);
  });

  test('names no single address beside all of them', () => {
    const sockets = [tcp(20_000, '0.0.0.0'), tcp(20_000), tcp(20_000, '::1'), tcp(20_002, '0.0.0.0')];
    expect(findingsOn({ ...host, sockets }, [games]).listening).toEqual([tcp(20_000), tcp(20_002, '0.0.0.0')]);
  });

  test.each([
    ['leaves out', false, []],
    ['has, where a pool hands them out,', true, [tcp(40_000)]],
  ])('%s numbers that the kernel takes', (_, allowEphemeralOverlap, expected) => {
    const pool = storedPool('high', { ranges: ['40000-40009'], allowEphemeralOverlap }).spec;
    expect(findingsOn({ ...host, sockets: [tcp(40_000)] }, [pool]).listening).toEqual(expected);
  });

  test('has those that the kernel leaves alone', () => {
    const pool = storedPool('high', { ranges: ['40000-40009'] }).spec;
    const reserved = [{ first: 40_000, last: 40_000 }];
    expect(findingsOn({ ...host, reserved, sockets: [tcp(40_000), tcp(40_001)] }, [pool]).listening).toEqual([
      tcp(40_000),
    ]);
  });

  test('has a bound, and says so', () => {
    const all = storedPool('all', { ranges: ['1-30000'] }).spec;
    const sockets = Array.from({ length: MOST_SOCKETS + 1 }, (_, at) => tcp(20_000 + at));
    const findings = findingsOn({ ...host, sockets }, [all]);
    expect(findings.listening).toHaveLength(MOST_SOCKETS);
    expect(findings).toMatchObject({ sockets: MOST_SOCKETS + 1, truncated: true });
  });
});
