import { intersectRanges, printRanges } from '../core/index.ts';
import type { PortRange } from '../core/index.ts';
import { EPHEMERAL } from './kernel-census.ts';
import type { Kernel } from './kernel-census.ts';

/** How many nodes, kernels and ranges are named before the rest is counted: agents may report any number of them. */
const MOST_NAMES = 3;
const MOST_RANGES = 8;

/** Whose kernels take what, for people: `the kernel takes 32768-60999, that of node "n1" takes 15000-60999`. */
export function printKernels(kernels: readonly Kernel[]): string {
  const usual = printRanges([EPHEMERAL]);
  const named = kernels.slice(0, MOST_NAMES).map(({ nodes, numbers }, at) => {
    const whose = printRanges(numbers) === usual ? '' : ` of ${printNodes(nodes)}`;
    return `${at === 0 ? 'the kernel' : 'that'}${whose} takes ${printSome(numbers)}`;
  });
  const others = kernels.length > MOST_NAMES ? [`and ${kernels.length - MOST_NAMES} others take other numbers`] : [];
  return [...named, ...others].join(', ');
}

/** A pool with numbers that few kernels take. */
interface Overlap {
  readonly overlapping: readonly Kernel[];
  readonly pool: { readonly usable: readonly PortRange[] };
  readonly common: readonly PortRange[];
}

/** Which nodes may take numbers that a pool hands out all the same, and the line that ends it there. */
export function printOverlaps({ overlapping, pool, common }: Overlap): string {
  const { usable } = pool;
  const named = overlapping.slice(0, MOST_NAMES).map(({ nodes, numbers }) => {
    return `${printNodes(nodes)} may take ${printSome(intersectRanges(usable, numbers))}`;
  });
  const others = overlapping.slice(MOST_NAMES).reduce((sum, { nodes }) => sum + nodes.size, 0);
  const whose = [...named, ...(others === 0 ? [] : [`${others} more nodes take others`])].join(', ');
  const whole = (common.length === 1 ? common[0] : undefined) ?? EPHEMERAL;
  const isClear = intersectRanges(usable, [whole]).length === 0;
  const orRange = isClear ? `net.ipv4.ip_local_port_range="${whole.first} ${whole.last}" there, or ` : '';
  const hull = `${usable[0]?.first ?? 0}-${usable.at(-1)?.last ?? 0}`;
  const kept = usable.length > MOST_RANGES ? hull : printRanges(usable).replaceAll(', ', ',');
  return `${whose} for outgoing connections: set ${orRange}net.ipv4.ip_local_reserved_ports="${kept}" (beside what it has)`;
}

function printNodes(nodes: ReadonlySet<string>): string {
  const named = [...nodes]
    .sort()
    .slice(0, MOST_NAMES)
    .map((node) => `"${node}"`);
  const more = nodes.size > MOST_NAMES ? ` and ${nodes.size - MOST_NAMES} more` : '';
  return `${nodes.size === 1 ? 'node' : 'nodes'} ${named.join(', ')}${more}`;
}

function printSome(ranges: readonly PortRange[]): string {
  const more = ranges.length > MOST_RANGES ? ` and ${ranges.length - MOST_RANGES} ranges more` : '';
  return `${printRanges(ranges.slice(0, MOST_RANGES))}${more}`;
}
