import { mergeRanges, parseRange } from '../core/index.ts';
import type { PortRange } from '../core/index.ts';

/**
 * Parses `/proc/sys/net/ipv4/ip_local_port_range`, `"32768\t60999
 * "`; undefined if it says anything else.
 */
export function parseLocalPortRange(text: string): PortRange | undefined {
  const [first = '', last = '', ...more] = text.trim().split(/\s+/);
  const range = parseRange(`${first}-${last}`);
  return range.ok && more.length === 0 ? range.value : undefined;
}

/**
 * Parses `/proc/sys/net/ipv4/ip_local_reserved_ports`, `"8080,9000-9010
 * "` or an empty line; parts that are no ranges are skipped.
 */
export function parseReservedPorts(text: string): readonly PortRange[] {
  const ranges = text
    .trim()
    .split(',')
    .map((each) => parseRange(each.trim()));
  return mergeRanges(ranges.flatMap((range) => (range.ok ? [range.value] : [])));
}
