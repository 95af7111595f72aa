import { z } from 'zod';
import { dnsName } from './name-forms.ts';
import { HIGHEST_PORT } from './port-range.ts';
import { constrained, quoting } from './rules.ts';

/** The protocol of a port; `TCPUDP` is one number for both. */
export const protocol = z.enum(['TCP', 'UDP', 'SCTP', 'TCPUDP']);

/** The most ports of an allocation, and the most numbers of a block. */
export const LARGEST_REQUEST = 1024;

// A rule instead of minimum and maximum, because its message can say what to write instead.
const portNumber = constrained(
  z.int(),
  { description: 'Exactly this number. Absent: any free one.', format: 'int32' },
  [
    {
      rule: `self >= 1 && self <= ${HIGHEST_PORT}`,
      holds: (port) => port >= 1 && port <= HIGHEST_PORT,
      message: 'no port has this number: write one from 1 to 65535, or leave port out to be given a free one',
    },
  ],
);

const NOT_AN_ADDRESS =
  ' is not an IP address: write one like 10.0.0.5 or fd00::5, or leave hostIP out to hold all addresses';
const MAPPED = '::ffff:';

const ipv4 = z.ipv4();
const ipv6 = z.ipv6();

function isAddress(text: string): boolean {
  if (text.toLowerCase().startsWith(MAPPED)) return ipv4.safeParse(text.slice(MAPPED.length)).success;
  return ipv4.safeParse(text).success || ipv6.safeParse(text).success;
}

/** One address of a node. An IPv4-mapped address is written `::ffff:10.0.0.5` and means its IPv4 address. */
export const hostAddress = constrained(
  z.string().max(45),
  { description: 'One address of the node. Absent: all of them, IPv4 and IPv6.' },
  [
    {
      // Kubernetes' isIP refuses IPv4-mapped addresses; a pod's hostIP may be one, so an allocation may have one, too.
      rule: `isIP(self) || (self.lowerAscii().startsWith('${MAPPED}') && isIP(self.substring(${MAPPED.length})))`,
      holds: isAddress,
      message: quoting(NOT_AN_ADDRESS),
    },
  ],
);

/** The name of a port. */
const portName = dnsName('a name for a port', 63, 'What the port is called; unique in the allocation.');

/** A requested port, or a block of consecutive ones. */
export const portRequest = constrained(
  z.object({
    name: portName,
    protocol: protocol.default('TCP').meta({ description: 'What is spoken over it; TCPUDP is one number on both.' }),
    port: portNumber.exactOptional(),
    count: z.int().min(1).max(LARGEST_REQUEST).default(1).meta({
      description: 'So many consecutive numbers; with port, the block starts there.',
      format: 'int32',
    }),
    hostIP: hostAddress.exactOptional(),
  }),
  { description: 'One port, or a block of consecutive ones.' },
  [
    {
      rule: `!has(self.port) || self.port > ${HIGHEST_PORT} || self.port + self.count - 1 <= ${HIGHEST_PORT}`,
      holds: ({ port, count }) => port === undefined || port > HIGHEST_PORT || port + count - 1 <= HIGHEST_PORT,
      message: 'the block ends beyond 65535: write a smaller port or a smaller count',
    },
  ],
);

/** An assigned port, or a block of consecutive ones. */
export const givenPort = z
  .object({
    name: z.string().max(63).describe('What the port is called.'),
    protocol: protocol.describe('What is spoken over it.'),
    port: z.int().min(1).max(HIGHEST_PORT).meta({ description: 'The number; of a block, the first.', format: 'int32' }),
    endPort: z
      .int()
      .min(1)
      .max(HIGHEST_PORT)
      .exactOptional()
      .meta({ description: 'The last number of a block.', format: 'int32' }),
    hostIP: z.string().max(45).exactOptional().describe('The address; absent for all of them.'),
  })
  .describe('One port, or a block of consecutive ones.');

/** What is spoken over a port. */
export type PortProtocol = z.output<typeof protocol>;
/** A requested port, with defaults filled in. */
export type PortRequest = z.output<typeof portRequest>;
/** An assigned port. */
export type GivenPort = z.output<typeof givenPort>;
