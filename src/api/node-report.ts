import { z } from 'zod';
import type { Result } from '../base/result.ts';
import { defineKind } from './kind.ts';
import { API_VERSION } from './names.ts';
import { parse } from './parse.ts';
import type { Faults } from './parse.ts';
import { HIGHEST_PORT, portRange } from './port-range.ts';
import { hostAddress } from './port-request.ts';
import { objectMeta } from './standard-fields.ts';

/** The most sockets that a report names. */
export const MOST_SOCKETS = 4096;

/** The most ranges of reserved numbers that a report names. */
export const MOST_RESERVED = 64;

const listeningSocket = z
  .object({
    protocol: z.enum(['TCP', 'UDP']).describe('What it listens to.'),
    port: z.int().min(1).max(HIGHEST_PORT).meta({ description: 'Its number.', format: 'int32' }),
    address: hostAddress.exactOptional(),
  })
  .describe('One number that a process of the node listens on.');

const spec = z
  .object({
    ephemeral: portRange.exactOptional().meta({
      description: "What the node's kernel takes for outgoing connections (net.ipv4.ip_local_port_range).",
    }),
    reserved: z.array(portRange).max(MOST_RESERVED).exactOptional().meta({
      description: 'Numbers of that range which the kernel leaves alone (net.ipv4.ip_local_reserved_ports).',
      'x-kubernetes-list-type': 'atomic',
    }),
    listening: z.array(listeningSocket).max(MOST_SOCKETS).meta({
      description: 'What processes of the node listen on, of the numbers that pools hand out.',
      'x-kubernetes-list-type': 'atomic',
    }),
    sockets: z.int().min(0).meta({
      description: 'How many there are, of which listening names no more than it has room for.',
      format: 'int32',
    }),
    truncated: z.boolean().default(false).describe('There are more of them than listening has room for.'),
    renewTime: z.string().max(64).meta({
      description: "When the agent looked, by the node's clock. A report that isn't renewed is not believed for long.",
      format: 'date-time',
    }),
  })
  .describe('What the agent of the node saw.');

const schema = z
  .object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('NodeReport'),
    metadata: objectMeta,
    spec,
  })
  .meta({ description: 'What the agent of a node saw there. It has the name of the node, and goes with it.' });

/** What the agent of a node saw there. */
export type NodeReport = z.output<typeof schema>;
/** The spec of a report. */
export type NodeReportSpec = NodeReport['spec'];
/** One number that a process listens on. */
export type ListeningSocket = z.output<typeof listeningSocket>;

/** Validates a report, see {@link parse}. */
export function parseNodeReport(object: unknown): Result<NodeReport, Faults> {
  return parse(schema, object);
}

/** The definition of NodeReport. */
export const NodeReports = defineKind({
  kind: 'NodeReport',
  plural: 'nodereports',
  singular: 'nodereport',
  shortNames: ['nr'],
  namespaced: false,
  schema,
  columns: [
    {
      name: 'Ephemeral',
      type: 'string',
      jsonPath: '.spec.ephemeral',
      description: 'What the kernel takes for outgoing connections.',
    },
    { name: 'Listening', type: 'integer', jsonPath: '.spec.sockets', description: 'Numbers of pools in use there.' },
    { name: 'Renewed', type: 'date', jsonPath: '.spec.renewTime', description: 'When the agent looked last.' },
    { name: 'Reserved', type: 'string', jsonPath: '.spec.reserved', priority: 1 },
    { name: 'Truncated', type: 'boolean', jsonPath: '.spec.truncated', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
