/** The lowest and the highest port number (RFC 6335, section 6; 0 is not assignable). */
export const LOWEST_PORT = 1;
export const HIGHEST_PORT = 65535;

/** A set of transport protocols as bits: a number may be held for several at once. */
export type Protocols = number;

export const TCP: Protocols = 1;
export const UDP: Protocols = 2;
export const SCTP: Protocols = 4;
const EVERY_PROTOCOL: readonly (readonly [string, Protocols])[] = [
  ['TCP', TCP],
  ['UDP', UDP],
  ['SCTP', SCTP],
];

/** By a set of protocols, what is in it: asked for with every claim. */
const SINGLE = Array.from({ length: 8 }, (_, set) => [TCP, UDP, SCTP].filter((bit) => (set & bit) !== 0));

/** How a resource asks for protocols; `TCPUDP` is one number on both. */
export type ProtocolName = 'TCP' | 'UDP' | 'SCTP' | 'TCPUDP';

const BY_NAME: Readonly<Record<ProtocolName, Protocols>> = { TCP, UDP, SCTP, TCPUDP: TCP | UDP };

/** Whether `value` is a number that a port can have. */
export function isPortNumber(value: number): boolean {
  return Number.isInteger(value) && value >= LOWEST_PORT && value <= HIGHEST_PORT;
}

/** The protocols that a name of the API stands for. */
export function protocolsOf(name: ProtocolName): Protocols {
  return BY_NAME[name];
}

/** The single protocols that are in `protocols`. */
export function protocolsIn(protocols: Protocols): readonly Protocols[] {
  return SINGLE[protocols] ?? [];
}

/** The name of the API for `protocols`: `TCPUDP` for both, else the names joined by `+`. */
export function protocolName(protocols: Protocols): string {
  if (protocols === (TCP | UDP)) return 'TCPUDP';
  return EVERY_PROTOCOL.filter(([, bit]) => (protocols & bit) !== 0)
    .map(([name]) => name)
    .join('+');
}

/** Reads what {@link protocolName} writes; undefined for anything else. */
export function parseProtocols(text: string): Protocols | undefined {
  if (text === 'TCPUDP') return TCP | UDP;
  let protocols = 0;
  for (const name of text.split('+')) {
    const bit = EVERY_PROTOCOL.find(([known]) => known === name)?.[1];
    if (bit === undefined || (protocols & bit) !== 0) return undefined;
    protocols |= bit;
  }
  return protocols;
}
