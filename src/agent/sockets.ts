import { HIGHEST_PORT } from '../api/index.ts';
import type { ListeningSocket } from '../api/index.ts';
import { ANY_ADDRESS, parseAddress } from '../core/index.ts';
import type { Address } from '../core/index.ts';

/** The byte order of the machine, in which the kernel prints addresses. */
type Endianness = 'LE' | 'BE';

/** States of `include/net/tcp_states.h`: an unconnected UDP socket has the state of a closed TCP socket. */
const LISTENS: Readonly<Record<ListeningSocket['protocol'], string>> = { TCP: '0A', UDP: '07' };

/** The separator of fields in a line. */
const GAP = / +/;

/**
 * The sockets that accept traffic from anybody, in the text of `/proc/net/tcp`, `tcp6`, `udp` or `udp6`: listening TCP
 * sockets, and unconnected UDP sockets. Lines that can't be parsed are skipped, including the heading.
 */
export function listeningIn(
  text: string,
  protocol: ListeningSocket['protocol'],
  endianness: Endianness,
): readonly ListeningSocket[] {
  return text.split('\n').flatMap((line) => socketIn(line, protocol, endianness) ?? []);
}

/** Whether `line` is a socket that doesn't listen: in the tables of TCP, no listening socket follows it. */
export function isBeyondListening(line: string): boolean {
  const [, , , state] = line.trimStart().split(GAP, 4);
  return state !== undefined && /^[0-9A-F]{2}$/.test(state) && state !== LISTENS.TCP;
}

/**
 * The address that the kernel prints as `hex`: words of 32 bits, each in the machine's byte order. The IPv6 wildcard
 * counts as every address of both families: such a socket accepts IPv4 as well unless it is configured otherwise, which
 * isn't printed.
 */
export function decodeAddress(hex: string, endianness: Endianness): Address | undefined {
  if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(hex)) return undefined;
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const inOrder = word.match(/../g) ?? [];
    return endianness === 'LE' ? inOrder.reverse() : inOrder;
  });
  if (bytes.length === 4) return bytes.map((byte) => parseInt(byte, 16)).join('.');
  const groups = (bytes.join('').match(/.{4}/g) ?? []).join(':').toLowerCase();
  const address = parseAddress(groups);
  return address === '::' ? ANY_ADDRESS : address;
}

function socketIn(
  line: string,
  protocol: ListeningSocket['protocol'],
  endianness: Endianness,
): ListeningSocket | undefined {
  const [, local = '', , state] = line.trimStart().split(GAP, 4);
  if (state !== LISTENS[protocol]) return undefined;
  const [hex = '', portHex = ''] = local.split(':');
  const address = decodeAddress(hex, endianness);
  const port = /^[0-9A-F]{4}$/.test(portHex) ? parseInt(portHex, 16) : 0;
  // Number 0 means a socket that isn't bound yet.
  if (address === undefined || port < 1 || port > HIGHEST_PORT) return undefined;
  return { protocol, port, ...(address === ANY_ADDRESS ? {} : { address }) };
}
