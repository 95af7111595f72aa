import { HIGHEST_PORT } from '../api/index.ts';
import type { ListeningSocket } from '../api/index.ts';
import { ANY_ADDRESS, parseAddress } from '../core/index.ts';
import type { Address } from '../core/index.ts';

/** The order of the bytes in a word of the machine: the kernel prints addresses in it. */
export type Endianness = 'LE' | 'BE';

/** States of `include/net/tcp_states.h`: a UDP socket that is connected to nobody has that of a closed TCP one. */
const LISTENS: Readonly<Record<ListeningSocket['protocol'], string>> = { TCP: '0A', UDP: '07' };

/** Between the fields of a line. */
const GAP = / +/;

/**
 * The sockets in the text of `/proc/net/tcp`, `tcp6`, `udp` or `udp6` that wait for whoever comes: listening ones of TCP, and
 * those of UDP that are connected to nobody. Lines that can't be read are left out, the heading among them.
 */
export function listeningIn(
  text: string,
  protocol: ListeningSocket['protocol'],
  endianness: Endianness,
): readonly ListeningSocket[] {
  return text.split('\n').flatMap((line) => socketIn(line, protocol, endianness) ?? []);
}

/** Whether `line` is of a socket that doesn't listen: in the tables of TCP, nothing that listens comes after it. */
export function isBeyondListening(line: string): boolean {
  const [, , , state] = line.trimStart().split(GAP, 4);
  return state !== undefined && /^[0-9A-F]{2}$/.test(state) && state !== LISTENS.TCP;
}

/**
 * The address that the kernel prints as `hex`: words of 32 bits, each with its bytes in the machine's order. The IPv6 wildcard
 * is every address of both families: such a socket takes IPv4 as well unless told otherwise, and that isn't printed.
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
  // Number 0 is a socket that is bound to nothing yet.
  if (address === undefined || port < 1 || port > HIGHEST_PORT) return undefined;
  return { protocol, port, ...(address === ANY_ADDRESS ? {} : { address }) };
}
