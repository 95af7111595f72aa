import { describe, expect, test } from '@jest/globals';
import { summarize, SUMMARY_LENGTH } from '../../../src/api/index.ts';
import type { GivenPort } from '../../../src/api/index.ts';

describe('a summary', () => {
  test('shows numbers, blocks and addresses', () => {
    expect(
      summarize([
        { name: 'game', protocol: 'UDP', port: 20_001 },
        { name: 'rtp', protocol: 'UDP', port: 20_040, endPort: 20_047 },
        { name: 'single', protocol: 'TCPUDP', port: 20_050, endPort: 20_050 },
        { name: 'rcon', protocol: 'TCP', port: 27_015, hostIP: '10.0.0.5' },
        { name: 'six', protocol: 'SCTP', port: 9, hostIP: 'fd00::5' },
      ]),
    ).toBe('game=20001/UDP rtp=20040-20047/UDP single=20050/TCPUDP rcon=10.0.0.5:27015/TCP six=[fd00::5]:9/SCTP');
  });

  test('of nothing is empty', () => {
    expect(summarize([])).toBe('');
  });

  test('fits into its field, and counts what does not', () => {
    const ports = Array.from({ length: 1024 }, (_, at): GivenPort => ({
      name: `port-${at}`,
      protocol: 'TCP',
      port: 20_000 + at,
    }));
    const text = summarize(ports);
    expect(text.length).toBeLessThanOrEqual(SUMMARY_LENGTH);
    const [, shown = '', rest = ''] = /^(.*) \+(\d+) more$/.exec(text) ?? [];
    expect(shown.split(' ').length + Number(rest)).toBe(1024);
  });
});
