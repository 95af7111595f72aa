/**
 * The agent of a node: what its kernel takes for outgoing connections, and which numbers of pools its processes listen on,
 * read from `/proc` and told to the cluster in a NodeReport.
 *
 * Refuses: to decide what a listening socket means, to know who holds which number, to write anything but its own report.
 *
 * 1. What can't be read is not reported: a report that isn't renewed is soon believed by nobody.
 * 2. A report is written on change, and not more often than its interval.
 * 3. A report has a bound, and says when there is more.
 */
export { NodeAgent } from './agent.ts';
export type { NodeAgentParts } from './agent.ts';
export { readHost } from './host.ts';
export { parseLocalPortRange, parseReservedPorts } from './kernel.ts';
export { PoolSpecs } from './pool-specs.ts';
export type { PoolSpecsParts } from './pool-specs.ts';
export { findingsOn } from './report.ts';
export type { Findings, Host } from './report.ts';
export { decodeAddress, isBeyondListening, listeningIn } from './sockets.ts';
export type { Endianness } from './sockets.ts';
