/**
 * The agent of a node: it reads from `/proc` which numbers the kernel uses for outgoing connections, and on which
 * numbers of pools processes listen, and reports them in a NodeReport.
 * This folder refuses to judge listening sockets, to know who holds which number, and to write anything but its own
 * report.
 * 1. What can't be read is not reported: a report that isn't renewed soon expires.
 * 2. A report is written on change, and at most once in an interval.
 * 3. A report has a limit, and says when there is more.
 */
export { NodeAgent } from './agent.ts';
export { parseLocalPortRange, parseReservedPorts, readHost } from './host.ts';
export { PoolSpecs } from './pool-specs.ts';
export { findingsOn } from './report.ts';
export type { Host } from './report.ts';
export { decodeAddress, isBeyondListening, listeningIn } from './sockets.ts';
