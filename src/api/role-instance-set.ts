import { z } from 'zod';
import type { Result } from '../base/result.ts';
import { intOrPercent } from './amounts.ts';
import { conditionPath, defineKind } from './kind.ts';
import { API_VERSION } from './names.ts';
import { parse } from './parse.ts';
import type { Faults } from './parse.ts';
import { templateMetadata } from './pod-template.ts';
import {
  identityIsImmutable,
  MOST_COMPONENTS,
  nameHasNoDots,
  namesFitIntoPodNames,
  restartPolicy,
  roleComponent,
  roleCount,
  roleName,
  rolePool,
  roleScale,
  SET_NAMES_LENGTH,
} from './role-component.ts';
import { constrained, listMap } from './rules.ts';
import { conditions, namespacedMeta, observedGeneration } from './standard-fields.ts';
import type { Manifest } from './standard-fields.ts';

/** At most so many instances in a set: their ordinals are part of names. */
const MOST_INSTANCES = 10_000;

/** The API server's limit for a selector in a scale. */
const LONGEST_SELECTOR = 1024;

const updateStrategy = z
  .object({
    type: z
      .enum(['RollingUpdate'])
      .default('RollingUpdate')
      .meta({ description: 'How instances are brought up to date.' }),
    partition: roleCount('Ordinals below it stay as they are; of a Stateless set, so many instances do.')
      .max(MOST_INSTANCES)
      .default(0),
    maxUnavailable: intOrPercent(
      'So many instances may be unready at once because of an update: a number, or a share of all, rounded up.',
    ).default('10%'),
  })
  .default({ type: 'RollingUpdate', partition: 0, maxUnavailable: '10%' })
  .meta({ description: 'How a change of the template is brought to the instances.' });

const spec = constrained(
  z.object({
    replicas: roleCount('So many instances are kept.').max(MOST_INSTANCES).default(1),
    identity: z
      .enum(['Stateful', 'Stateless'])
      .default('Stateful')
      .meta({ description: 'How instances are called: Stateful, by ordinals; Stateless, by random suffixes.' }),
    role: roleName,
    poolName: rolePool,
    podManagementPolicy: z
      .enum(['Parallel', 'OrderedReady'])
      .default('Parallel')
      .meta({ description: 'Parallel: all instances at once. OrderedReady: each when the one before it is ready.' }),
    updateStrategy,
    minReadySeconds: roleCount('For so long an instance must be ready until it counts.').max(86_400).default(0),
    template: z
      .object({
        metadata: templateMetadata.exactOptional(),
        spec: z
          .object({
            restartPolicy,
            components: listMap(roleComponent, 'name', {
              min: 1,
              max: MOST_COMPONENTS,
              description: 'What an instance is made of.',
            }),
          })
          .meta({ description: 'What an instance is made of.' }),
      })
      .meta({ description: 'What the instances look like.' }),
  }),
  { description: 'What is kept: so many instances of a template.' },
  [],
  identityIsImmutable('RoleInstanceSet', 'identity', 'the names of the instances that are there follow it'),
);

const revision = (description: string) => z.string().max(253).exactOptional().describe(description);

const status = z
  .object({
    replicas: roleCount('Instances that are there.').exactOptional(),
    readyReplicas: roleCount('Instances that have been ready for minReadySeconds.').exactOptional(),
    updatedReplicas: roleCount('Instances of the update revision.').exactOptional(),
    currentRevision: revision('The ControllerRevision that instances had before the last change.'),
    updateRevision: revision('The ControllerRevision of the template as it is now.'),
    collisionCount: roleCount('How often the name of a new revision was taken.').exactOptional(),
    selector: z
      .string()
      .max(LONGEST_SELECTOR)
      .exactOptional()
      .describe('Labels of one pod of each instance: who counts them counts instances.'),
    observedGeneration: observedGeneration.exactOptional(),
    conditions: conditions.exactOptional(),
  })
  .meta({ description: 'What is seen of it.' });

const schema = constrained(
  z.object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('RoleInstanceSet'),
    metadata: namespacedMeta,
    spec,
    status: status.exactOptional(),
  }),
  {
    description:
      'Instances of a role, each of them some pods that belong together, with ports for the role and for each pod.',
  },
  [
    nameHasNoDots('a RoleInstanceSet'),
    namesFitIntoPodNames('a RoleInstanceSet', SET_NAMES_LENGTH, {
      cel: 'self.spec.template.spec.components',
      of: (set) => set.spec.template.spec.components,
    }),
  ],
);

/** Instances of a role, as the set is stored, with defaults filled in. */
export type RoleInstanceSet = z.output<typeof schema>;
/** The status of a set. */
export type RoleInstanceSetStatus = NonNullable<RoleInstanceSet['status']>;

/** A set to be written: fields with defaults may be absent. */
export type RoleInstanceSetManifest = Manifest<'RoleInstanceSet', z.input<typeof spec>>;

/** Validates a set, see {@link parse}; templates of pods keep all of their fields. */
export function parseRoleInstanceSet(object: unknown): Result<RoleInstanceSet, Faults> {
  return parse(schema, object);
}

/** The definition of RoleInstanceSet. */
export const RoleInstanceSets = defineKind({
  kind: 'RoleInstanceSet',
  plural: 'roleinstancesets',
  singular: 'roleinstanceset',
  shortNames: ['ris'],
  namespaced: true,
  schema,
  scale: roleScale,
  columns: [
    { name: 'Desired', type: 'integer', jsonPath: '.spec.replicas', description: 'Instances that are wanted.' },
    { name: 'Ready', type: 'integer', jsonPath: '.status.readyReplicas', description: 'Instances that are ready.' },
    {
      name: 'Updated',
      type: 'integer',
      jsonPath: '.status.updatedReplicas',
      description: 'Instances that are up to date.',
    },
    { name: 'Role', type: 'string', jsonPath: '.spec.role', priority: 1 },
    { name: 'Pool', type: 'string', jsonPath: '.spec.poolName', priority: 1 },
    { name: 'Allocated', type: 'string', jsonPath: conditionPath('Allocated', 'status'), priority: 1 },
    { name: 'Reason', type: 'string', jsonPath: conditionPath('Ready', 'reason'), priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
