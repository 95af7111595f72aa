import { z } from 'zod';
import type { Result } from '../base/result.ts';
import { conditionPath, defineKind } from './kind.ts';
import { API_VERSION } from './names.ts';
import { parse } from './parse.ts';
import type { Faults } from './parse.ts';
import {
  INSTANCE_NAMES_LENGTH,
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
} from './role-component.ts';
import { constrained, listMap } from './rules.ts';
import { conditions, namespacedMeta, observedGeneration } from './standard-fields.ts';

const spec = constrained(
  z.object({
    replicas: roleCount(
      'How many pods it has, the sizes of its components together. Hostport writes it, for disruption budgets; to have more pods, raise a size.',
    ).exactOptional(),
    index: roleCount('Its ordinal in its set. Absent: it has none.').exactOptional(),
    role: roleName,
    poolName: rolePool,
    restartPolicy,
    components: listMap(roleComponent, 'name', {
      max: MOST_COMPONENTS,
      description: 'What it is made of. None while the ports of its only component are replaced.',
    }),
  }),
  { description: 'What it is made of.' },
  [],
  identityIsImmutable('RoleInstance', 'index', 'its name and its pods follow it'),
);

const componentStatus = z
  .object({
    name: z.string().max(63).describe('The component.'),
    replicas: roleCount('Its pods that are there.'),
    readyReplicas: roleCount('Its pods that are ready.'),
  })
  .describe('What is seen of one component.');

const status = z
  .object({
    replicas: roleCount('Pods that are there.').exactOptional(),
    readyReplicas: roleCount('Pods that are ready.').exactOptional(),
    updatedReplicas: roleCount('Pods of the template as it is now.').exactOptional(),
    revision: z.string().max(253).exactOptional().describe('The revision that all of its pods have.'),
    restarts: roleCount('How often all of its pods were replaced because one was restarted.').exactOptional(),
    consecutiveRestarts: roleCount('How often of those in a row, without a long time in between.').exactOptional(),
    lastRestartTime: z
      .string()
      .max(64)
      .exactOptional()
      .meta({ description: 'When that was the last time.', format: 'date-time' }),
    selector: z.string().max(1024).exactOptional().describe('Labels of its pods.'),
    components: listMap(componentStatus, 'name', {
      max: MOST_COMPONENTS,
      description: 'What is seen of each component.',
    }).exactOptional(),
    observedGeneration: observedGeneration.exactOptional(),
    conditions: conditions.exactOptional(),
  })
  .meta({ description: 'What is seen of it.' });

const schema = constrained(
  z.object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('RoleInstance'),
    metadata: namespacedMeta,
    spec,
    status: status.exactOptional(),
  }),
  { description: 'Pods that belong together: one for each component and index, with ports for each of them.' },
  [
    nameHasNoDots('a RoleInstance'),
    namesFitIntoPodNames('a RoleInstance', INSTANCE_NAMES_LENGTH, {
      cel: 'self.spec.components',
      of: (instance) => instance.spec.components,
    }),
  ],
);

/** Pods that belong together, as the instance is stored, with defaults filled in. */
export type RoleInstance = z.output<typeof schema>;
/** The status of an instance. */
export type RoleInstanceStatus = NonNullable<RoleInstance['status']>;

/** Validates an instance, see {@link parse}; templates of pods keep all of their fields. */
export function parseRoleInstance(object: unknown): Result<RoleInstance, Faults> {
  return parse(schema, object);
}

/** The definition of RoleInstance. */
export const RoleInstances = defineKind({
  kind: 'RoleInstance',
  plural: 'roleinstances',
  singular: 'roleinstance',
  shortNames: ['ri'],
  namespaced: true,
  schema,
  scale: roleScale,
  columns: [
    {
      name: 'Ready',
      type: 'string',
      jsonPath: conditionPath('Ready', 'status'),
      description: 'Whether all pods are ready.',
    },
    {
      name: 'Restarts',
      type: 'integer',
      jsonPath: '.status.restarts',
      description: 'How often all pods were replaced.',
    },
    { name: 'Pods', type: 'integer', jsonPath: '.spec.replicas', priority: 1 },
    { name: 'Ready Pods', type: 'integer', jsonPath: '.status.readyReplicas', priority: 1 },
    { name: 'Role', type: 'string', jsonPath: '.spec.role', priority: 1 },
    { name: 'Allocated', type: 'string', jsonPath: conditionPath('Allocated', 'status'), priority: 1 },
    { name: 'Reason', type: 'string', jsonPath: conditionPath('Ready', 'reason'), priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
