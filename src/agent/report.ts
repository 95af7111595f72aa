import { MOST_RESERVED, MOST_SOCKETS } from '../api/index.ts';
import type { ListeningSocket, NodeReportSpec, PortPoolSpec } from '../api/index.ts';
import {
  intersectRanges,
  mergeRanges,
  parseRanges,
  printRanges,
  rangesInclude,
  subtractRanges,
} from '../core/index.ts';
import type { PortRange } from '../core/index.ts';

/** What an agent sees of its host. */
export interface Host {
  /** Undefined if the kernel doesn't say. */
  readonly ephemeral: PortRange | undefined;
  readonly reserved: readonly PortRange[];
  readonly sockets: readonly ListeningSocket[];
}

/** The content of a report except for its time: equal for equal hosts and pools. */
export type Findings = Omit<NodeReportSpec, 'renewTime'>;

/** The part of `host` that concerns `pools`. */
export function findingsOn(host: Host, pools: readonly PortPoolSpec[]): Findings {
  const { ephemeral, reserved } = host;
  // Reserved numbers outside of the ephemeral range don't matter. If there are too many, the others count as ephemeral.
  const kept = (ephemeral === undefined ? [] : intersectRanges(reserved, [ephemeral])).slice(0, MOST_RESERVED);
  const taken = ephemeral === undefined ? [] : subtractRanges([ephemeral], kept);
  const watched = numbersToWatch(pools, taken);
  const sockets = withoutRepeats(host.sockets.filter(({ port }) => rangesInclude(watched, port)));
  return {
    ...(ephemeral === undefined ? {} : { ephemeral: printRanges([ephemeral]) }),
    ...(kept.length === 0 ? {} : { reserved: kept.map((range) => printRanges([range])) }),
    listening: sockets.slice(0, MOST_SOCKETS),
    sockets: sockets.length,
    truncated: sockets.length > MOST_SOCKETS,
  };
}

/**
 * The numbers that `pools` may hand out on this node. Where a pool leaves out the kernel's ephemeral numbers they
 * aren't reported: every outgoing connection would be a change without any meaning.
 */
function numbersToWatch(pools: readonly PortPoolSpec[], ephemeral: readonly PortRange[]): readonly PortRange[] {
  return mergeRanges(
    pools.flatMap(({ ranges, exclude = [], allowEphemeralOverlap }) => {
      const [wanted, excluded] = [parseRanges(ranges), parseRanges(exclude)];
      if (!wanted.ok || !excluded.ok) return [];
      return subtractRanges(wanted.value, [...excluded.value, ...(allowEphemeralOverlap ? [] : ephemeral)]);
    }),
  );
}

/** Each socket once, in a fixed order; sockets on single addresses are left out beside one on every address. */
function withoutRepeats(sockets: readonly ListeningSocket[]): readonly ListeningSocket[] {
  const byUse = new Map<string, ListeningSocket>();
  for (const socket of sockets) byUse.set(`${socket.port}/${socket.protocol} ${socket.address ?? ''}`, socket);
  const needed = [...byUse.values()].filter(
    ({ port, protocol, address }) => address === undefined || !byUse.has(`${port}/${protocol} `),
  );
  return needed.sort(
    (left, right) =>
      left.port - right.port ||
      left.protocol.localeCompare(right.protocol) ||
      (left.address ?? '').localeCompare(right.address ?? ''),
  );
}
