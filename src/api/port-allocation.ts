import { z } from 'zod';
import type { Result } from '../base/result.ts';
import { MOST_NUMBERS } from '../core/index.ts';
import { outcomeFields, outcomeOnlyInRecords, outcomeOnlyOnce } from './allocation-outcome.ts';
import { conditionPath, defineKind } from './kind.ts';
import { dnsName } from './name-forms.ts';
import { API_VERSION } from './names.ts';
import { parse } from './parse.ts';
import type { Faults } from './parse.ts';
import { POOL_NAME_LENGTH, strategyName } from './port-pool.ts';
import { givenPort, LARGEST_REQUEST, portRequest } from './port-request.ts';
import { constrained, immutable, listMap } from './rules.ts';
import { conditions, localReference, namespacedMeta, observedGeneration } from './standard-fields.ts';
import type { Manifest } from './standard-fields.ts';

const spec = constrained(
  z.object({
    poolName: dnsName(
      'the name of a pool',
      POOL_NAME_LENGTH,
      'The pool. Absent: the default pool; then see the status.',
    ).exactOptional(),
    strategy: strategyName.exactOptional().meta({ description: 'How numbers are chosen. Absent: as the pool says.' }),
    nodeName: dnsName(
      'the name of a node',
      253,
      'The node that the numbers are for: for pools of scope Node only.',
    ).exactOptional(),
    ports: listMap(portRequest, 'name', {
      min: 1,
      max: LARGEST_REQUEST,
      description: 'What is asked for: all of it is given, or nothing.',
    }),
    recordOf: localReference
      .exactOptional()
      .describe('Set by Hostport on its own records: the object that the numbers are held for.'),
    ...outcomeFields,
  }),
  { description: 'The ports that are asked for; of a record, those that are held.' },
  [
    {
      rule: `self.ports.map(port, port.count).sum() <= ${MOST_NUMBERS}`,
      holds: ({ ports }) => ports.reduce((sum, { count }) => sum + count, 0) <= MOST_NUMBERS,
      message: `the counts of the ports come to more than ${MOST_NUMBERS} numbers: write several PortAllocations, or smaller counts`,
    },
    outcomeOnlyInRecords,
  ],
  [
    immutable(
      'poolName',
      'the numbers that are held are of that pool (see status.poolName); create another PortAllocation',
    ),
    immutable('nodeName', 'the numbers that are held are of that node; create another PortAllocation'),
    immutable('recordOf', 'only Hostport writes records, and each is of one object'),
    {
      rule: '!has(oldSelf.recordOf) || self == oldSelf',
      message: "a record can't be edited: change the object that it is of (see spec.recordOf)",
    },
  ],
);

const status = z
  .object({
    poolName: z.string().max(POOL_NAME_LENGTH).exactOptional().describe('The pool that the numbers are of.'),
    ports: listMap(givenPort, 'name', {
      max: LARGEST_REQUEST,
      description: 'What was given, by name.',
    }).exactOptional(),
    ...outcomeFields,
    observedGeneration: observedGeneration.exactOptional(),
    conditions: conditions.exactOptional(),
  })
  .meta({ description: 'What was given.' });

const schema = constrained(
  z.object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('PortAllocation'),
    metadata: namespacedMeta,
    spec,
    status: status.exactOptional(),
  }),
  { description: 'Ports that are asked for by name, and the numbers that were given.' },
  [outcomeOnlyOnce],
);

/** Requested ports and assigned numbers, as stored, with defaults filled in. */
export type PortAllocation = z.output<typeof schema>;
/** The result of an allocation. */
export type PortAllocationStatus = NonNullable<PortAllocation['status']>;

/** An allocation to be written: fields with defaults may be absent. */
export type PortAllocationManifest = Manifest<'PortAllocation', z.input<typeof spec>>;

/** Validates an allocation, see {@link parse}. */
export function parsePortAllocation(object: unknown): Result<PortAllocation, Faults> {
  return parse(schema, object);
}

/** The definition of PortAllocation. */
export const PortAllocations = defineKind({
  kind: 'PortAllocation',
  plural: 'portallocations',
  singular: 'portallocation',
  shortNames: ['pa'],
  namespaced: true,
  schema,
  // `*` is the spec of a record and the status of any other allocation: never both, see allocation-outcome.ts. Only
  // poolName may be in both, with the same value.
  columns: [
    { name: 'Pool', type: 'string', jsonPath: '.*.poolName', description: 'The pool that the numbers are of.' },
    { name: 'Ports', type: 'string', jsonPath: '.*.summary', description: 'The numbers that were given.' },
    { name: 'Holder', type: 'string', jsonPath: '.*.holder.name', description: 'What the numbers are for.' },
    { name: 'Allocated', type: 'string', jsonPath: '.*.allocated', description: 'Whether all numbers are given.' },
    { name: 'Reason', type: 'string', jsonPath: '.*.reason', description: 'Why, or why not.' },
    { name: 'Holder Kind', type: 'string', jsonPath: '.*.holder.kind', priority: 1 },
    { name: 'Node', type: 'string', jsonPath: '.spec.nodeName', priority: 1 },
    { name: 'Disputed', type: 'string', jsonPath: conditionPath('Disputed', 'status'), priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
