import { z } from 'zod';
import { constrained, quoting } from './rule.ts';

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
