import { z } from 'zod';
import type { Result } from '../base/result.ts';
import { strategies, strategyNames } from '../core/index.ts';
import { upToAnHour } from './amounts.ts';
import { conditionPath, defineKind } from './kind.ts';
import { labelSelector } from './label-selector.ts';
import { API_VERSION } from './names.ts';
import { parse } from './parse.ts';
import type { Faults } from './parse.ts';
import { portRange } from './port-range.ts';
import { constrained, immutable } from './rules.ts';
import { conditions, objectMeta, observedGeneration } from './standard-fields.ts';
import type { Manifest } from './standard-fields.ts';

/** Where a number is unique: one holder in the cluster, or one on each node. */
const poolScope = z.enum(['Cluster', 'Node']);

/** How a number is chosen among the free ones. */
export const strategyName = z.enum(strategyNames);

const STRATEGY_DESCRIPTIONS = Object.entries(strategies).map(([name, { gives }]) => `${name} ${gives}`);

/** Names of pools are values of labels and parts of the names of resources, which have at most this many characters. */
export const POOL_NAME_LENGTH = 63;

const TOO_LONG = `the name of a pool has at most ${POOL_NAME_LENGTH} characters: choose a shorter one`;

const rangeList = z.array(portRange).max(64);

const spec = constrained(
  z.object({
    ranges: rangeList.min(1).meta({
      description: 'The ports that it hands out, in any order; overlaps merge.',
      'x-kubernetes-list-type': 'atomic',
    }),
    exclude: rangeList.exactOptional().meta({
      description: 'Ports in the ranges that it does not hand out.',
      'x-kubernetes-list-type': 'atomic',
    }),
    scope: poolScope.default('Cluster').meta({
      description: 'Where a number is unique: Cluster, one holder in the cluster; Node, one holder on each node.',
    }),
    strategy: strategyName.default(strategyNames[0]).meta({
      description: `How numbers are chosen: ${STRATEGY_DESCRIPTIONS.join(', ')}.`,
    }),
    cooldown: upToAnHour('For how long a released number is kept from others, 0s to 1h.').default('30s'),
    allowEphemeralOverlap: z.boolean().default(false).meta({
      description: 'Hand out numbers that the kernel uses for outgoing connections, too.',
    }),
    allowNodePortOverlap: z.boolean().default(false).meta({
      description: 'Hand out numbers that the API server gives to Services of type NodePort, too.',
    }),
    namespaceSelector: labelSelector
      .exactOptional()
      .describe('Which namespaces may use it, by their labels. Absent: all of them.'),
    maxPortsPerNamespace: z.int().min(0).max(2_147_483_647).exactOptional().meta({
      description: 'How many numbers a namespace may hold in it. Absent: no limit.',
      format: 'int32',
    }),
    advertise: z.boolean().exactOptional().meta({
      description:
        'Only with scope Node: whether nodes show how many numbers are left there, as the extended resource ports.hostport.io/NAME, so that pods are scheduled where there is room. Absent: true.',
    }),
  }),
  { description: 'What it hands out, how, and to whom.' },
  [
    {
      rule: "!has(self.advertise) || self.scope == 'Node'",
      holds: ({ advertise, scope }) => advertise === undefined || scope === 'Node',
      message: 'advertise is for pools of scope Node, whose numbers are left on one node or another: leave it out',
    },
  ],
  [immutable('scope', 'numbers that are held would become ambiguous; create another pool and move to it')],
);

const count = (description: string) => z.int().min(0).exactOptional().meta({ description, format: 'int64' });

const status = z
  .object({
    capacity: count('Numbers that can be handed out; with scope Node, on all nodes together.'),
    allocated: count('Numbers with a confirmed holder.'),
    reserved: count('Numbers set aside for a pod that has not been seen yet.'),
    blocked: count('Numbers held by somebody who did not ask Hostport.'),
    cooling: count('Numbers that were released a moment ago.'),
    free: count('Numbers that can be had now.'),
    outside: count('Numbers that are held but no longer in the ranges.'),
    observedGeneration: observedGeneration.exactOptional(),
    conditions: conditions.exactOptional(),
  })
  .meta({ description: 'What is seen of it. Each number of the capacity is counted once.' });

const schema = constrained(
  z.object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('PortPool'),
    metadata: objectMeta,
    spec,
    status: status.exactOptional(),
  }),
  { description: 'Ranges of port numbers, and the rules for handing them out.' },
  [
    {
      rule: `size(self.metadata.name) <= ${POOL_NAME_LENGTH}`,
      holds: ({ metadata }) => metadata.name.length <= POOL_NAME_LENGTH,
      message: TOO_LONG,
    },
  ],
);

/** A pool of port numbers, as stored, with defaults filled in. */
export type PortPool = z.output<typeof schema>;
/** What a pool hands out, how, and to whom. */
export type PortPoolSpec = PortPool['spec'];
/** The status of a pool. */
export type PortPoolStatus = NonNullable<PortPool['status']>;
/** Where a number of a pool is unique. */
export type PoolScope = z.output<typeof poolScope>;
/** How a number is chosen. */
export type StrategyName = z.output<typeof strategyName>;

/** A pool to be written: fields with defaults may be absent. */
export type PortPoolManifest = Manifest<'PortPool', z.input<typeof spec>>;

/** Validates a pool, see {@link parse}. */
export function parsePortPool(object: unknown): Result<PortPool, Faults> {
  return parse(schema, object);
}

/** The definition of PortPool. */
export const PortPools = defineKind({
  kind: 'PortPool',
  plural: 'portpools',
  singular: 'portpool',
  shortNames: ['pp'],
  namespaced: false,
  schema,
  columns: [
    { name: 'Ranges', type: 'string', jsonPath: '.spec.ranges', description: 'What it hands out.' },
    { name: 'Scope', type: 'string', jsonPath: '.spec.scope', description: 'Where a number is unique.' },
    { name: 'Capacity', type: 'integer', jsonPath: '.status.capacity', description: 'Numbers that it can hand out.' },
    { name: 'Allocated', type: 'integer', jsonPath: '.status.allocated', description: 'Numbers with a holder.' },
    { name: 'Free', type: 'integer', jsonPath: '.status.free', description: 'Numbers that can be had now.' },
    { name: 'Cooling', type: 'integer', jsonPath: '.status.cooling', description: 'Numbers released a moment ago.' },
    {
      name: 'Ready',
      type: 'string',
      jsonPath: conditionPath('Ready', 'status'),
      description: 'Whether it hands out numbers.',
    },
    { name: 'Reserved', type: 'integer', jsonPath: '.status.reserved', priority: 1 },
    { name: 'Blocked', type: 'integer', jsonPath: '.status.blocked', priority: 1 },
    { name: 'Outside', type: 'integer', jsonPath: '.status.outside', priority: 1 },
    { name: 'Strategy', type: 'string', jsonPath: '.spec.strategy', priority: 1 },
    { name: 'Reason', type: 'string', jsonPath: conditionPath('Ready', 'reason'), priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
