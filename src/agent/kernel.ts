import { mergeRanges, parseRange } from '../core/index.ts';
import type { PortRange } from '../core/index.ts';

/** `/proc/sys/net/ipv4/ip_local_port_range`, `"32768\t60999\n"`; undefined where it says something else. */
export function parseLocalPortRange(text: string): PortRange | undefined {
  const [first = '', last = '', ...more] = text.trim().split(/\s+/);
  const range = parseRange(`${first}-${last}`);
  return range.ok && more.length === 0 ? range.value : undefined;
}

/** `/proc/sys/net/ipv4/ip_local_reserved_ports`, `"8080,9000-9010\n"`, or an empty line; what is no range is left out. */
export function parseReservedPorts(text: string): readonly PortRange[] {
  const ranges = text
    .trim()
    .split(',')
    .map((each) => parseRange(each.trim()));
  return mergeRanges(ranges.flatMap((range) => (range.ok ? [range.value] : [])));
}
