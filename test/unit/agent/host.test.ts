import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseLocalPortRange, parseReservedPorts, readHost } from '../../../src/agent/index.ts';

let proc: string;
beforeEach(async () => {
  proc = await mkdtemp(join(tmpdir(), 'hostport-proc-'));
});
afterEach(() => rm(proc, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(proc, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

/** A line of a table of sockets. */
function line(at: number, port: number, state: string): string {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const rest = '00000000:00000000 00:00000000 00000000     0        0 1081 1 0000000048d6e2f5 100 0 0 10 0';
  return `${String(at).padStart(4)}: 00000000:${hex} 00000000:0000 ${state} ${rest}\n`;
}

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue\n';

describe('a host', () => {
  test('is what its kernel says', async () => {
    await write({
      'sys/net/ipv4/ip_local_port_range': '15000\t16000\n',
      'sys/net/ipv4/ip_local_reserved_ports': '15100-15200\n',
      'net/tcp': HEAD + line(0, 20_000, '0A'),
      'net/tcp6': HEAD,
      'net/udp': HEAD + line(0, 20_001, '07'),
      'net/udp6': HEAD,
    });
    expect(await readHost(proc)).toEqual({
      ephemeral: { first: 15_000, last: 16_000 },
      reserved: [{ first: 15_100, last: 15_200 }],
      sockets: [
        { protocol: 'TCP', port: 20_000, address: '0.0.0.0' },
        { protocol: 'UDP', port: 20_001, address: '0.0.0.0' },
      ],
    });
  });

  test('may be without IPv6, UDP and settings', async () => {
    await write({ 'net/tcp': HEAD });
    expect(await readHost(proc)).toEqual({ ephemeral: undefined, reserved: [], sockets: [] });
  });

  test('is not known where nothing is said of TCP', async () => {
    await expect(readHost(proc)).rejects.toThrow('ENOENT');
  });

  test('has all that listens, however many connections follow', async () => {
    const listening = Array.from({ length: 3_000 }, (_, at) => line(at, 20_000 + at, '0A'));
    const connections = Array.from({ length: 30_000 }, (_, at) => line(at, 20_000 + at, '01'));
    await write({ 'net/tcp': HEAD + [...listening, ...connections].join('') });
    const { sockets } = await readHost(proc);
    expect(sockets.map(({ port }) => port)).toEqual(Array.from({ length: 3_000 }, (_, at) => 20_000 + at));
  });
});

describe('the range of outgoing connections', () => {
  test.each([
    ['32768\t60999\n', { first: 32_768, last: 60_999 }],
    ['1024 65535', { first: 1024, last: 65_535 }],
    ['15000\t15000\n', { first: 15_000, last: 15_000 }],
  ])('of %j is read', (text, expected) => {
    expect(parseLocalPortRange(text)).toEqual(expected);
  });

  test.each(['', '\n', '32768', '60999\t32768\n', '0\t60999', '32768\t70000', '1 2 3', 'a\tb'])(
    'of %j is not known',
    (text) => {
      expect(parseLocalPortRange(text)).toBeUndefined();
    },
  );
});

describe('the numbers that the kernel leaves alone', () => {
  test.each([
    ['\n', []],
    ['', []],
    ['8080\n', [{ first: 8080, last: 8080 }]],
    [
      '8080,9148-9150,9151\n',
      [
        { first: 8080, last: 8080 },
        { first: 9148, last: 9151 },
      ],
    ],
    ['8080,x,90000', [{ first: 8080, last: 8080 }]],
  ])('of %j', (text, expected) => {
    expect(parseReservedPorts(text)).toEqual(expected);
  });
});
