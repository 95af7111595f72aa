import { open, readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';
import type { ListeningSocket } from '../api/index.ts';
import { mergeRanges, parseRange } from '../core/index.ts';
import type { PortRange } from '../core/index.ts';
import type { Host } from './report.ts';
import { isBeyondListening, listeningIn } from './sockets.ts';

const TABLES = [
  ['tcp', 'TCP'],
  ['tcp6', 'TCP'],
  ['udp', 'UDP'],
  ['udp6', 'UDP'],
] as const;

/** How many bytes of a table are read at once; the kernel returns no more than a page or two anyway. */
const PIECE = 64 * 1024;

/**
 * Reads what `proc` (such as `/proc`) says about the host.
 * @throws if the table of TCP can't be read: then nothing is reported, rather than that nothing listens
 */
export async function readHost(proc: string): Promise<Host> {
  const kernel = join(proc, 'sys', 'net', 'ipv4');
  const range = await readIfThere(join(kernel, 'ip_local_port_range'));
  const reserved = await readIfThere(join(kernel, 'ip_local_reserved_ports'));
  const sockets: ListeningSocket[] = [];
  for (const [table, protocol] of TABLES) {
    const path = join(proc, 'net', table);
    const text = protocol === 'TCP' ? await readListening(path, table === 'tcp') : await readIfThere(path);
    sockets.push(...listeningIn(text, protocol, endianness()));
  }
  return { ephemeral: parseLocalPortRange(range), reserved: parseReservedPorts(reserved), sockets };
}

/** Parses the text of `ip_local_port_range`, such as `32768\t60999\n`; undefined if it says anything else. */
export function parseLocalPortRange(text: string): PortRange | undefined {
  const [first = '', last = '', ...more] = text.trim().split(/\s+/);
  const range = parseRange(`${first}-${last}`);
  return range.ok && more.length === 0 ? range.value : undefined;
}

/**
 * Parses the text of `ip_local_reserved_ports`, such as `8080,9000-9010\n`, or an empty line. Parts that are no ranges
 * are skipped.
 */
export function parseReservedPorts(text: string): readonly PortRange[] {
  const ranges = text
    .trim()
    .split(',')
    .map((each) => parseRange(each.trim()));
  return mergeRanges(ranges.flatMap((range) => (range.ok ? [range.value] : [])));
}

/** The text of a file that not every kernel has, for example without IPv6; empty if it doesn't exist. */
async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

/**
 * The beginning of a table of TCP, up to the first connection: the kernel lists listening sockets first, then
 * connections (Documentation/networking/proc_net_tcp.rst), of which a busy node has hundreds of thousands.
 */
async function readListening(path: string, isRequired: boolean): Promise<string> {
  let file;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (!isRequired && isMissing(error)) return '';
    throw error;
  }
  try {
    const piece = Buffer.alloc(PIECE);
    let text = '';
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, PIECE, null);
      const begin = text.lastIndexOf('\n') + 1;
      text += piece.toString('latin1', 0, bytesRead);
      const whole = text.slice(begin, text.lastIndexOf('\n') + 1);
      if (bytesRead === 0 || whole.split('\n').some(isBeyondListening)) return text;
    }
  } finally {
    await file.close();
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
