import { z } from 'zod';
import { conditions, observedGeneration } from './condition.ts';
import { dnsName } from './dns-name.ts';
import { conditionPath } from './kind.ts';
import { listMap } from './list-map.ts';
import { namespacedMeta } from './metadata.ts';
import { API_VERSION } from './names.ts';
import { POOL_NAME_LENGTH } from './port-pool.ts';
import {
  INSTANCE_NAME_ROOM,
  MOST_COMPONENTS,
  nameIsLabel,
  namesFit,
  restartPolicy,
  roleComponent,
  roleName,
} from './role-component.ts';
import { constrained, immutable } from './rule.ts';
import type { KindDefinition } from './kind.ts';
import type { ManifestMeta } from './metadata.ts';

const count = (description: string) => z.int().min(0).meta({ description, format: 'int32' });

const spec = constrained(
  z.object({
    replicas: count(
      'How many pods it has, the sizes of its components together. Hostport writes it, for disruption budgets; to have more pods, raise a size.',
    ).exactOptional(),
    index: count('Its ordinal in its set. Absent: it has none.').exactOptional(),
    role: roleName,
    poolName: dnsName(
      'the name of a pool',
      POOL_NAME_LENGTH,
      'The pool of its ports. Absent: the default pool.',
    ).exactOptional(),
    restartPolicy,
    components: listMap(roleComponent, 'name', {
      max: MOST_COMPONENTS,
      description: 'What it is made of. None while the ports of its only component are replaced.',
    }),
  }),
  { description: 'What it is made of.' },
  [],
  [
    immutable('index', 'its name and its pods follow it; create another RoleInstance'),
    immutable('role', 'ports that are held and references go by it; create another RoleInstance'),
    immutable('poolName', 'the numbers that are held are of that pool; create another RoleInstance'),
  ],
);

const componentStatus = z
  .object({
    name: z.string().max(63).describe('The component.'),
    replicas: count('Its pods that are there.'),
    readyReplicas: count('Its pods that are ready.'),
  })
  .describe('What is seen of one component.');

const status = z
  .object({
    replicas: count('Pods that are there.').exactOptional(),
    readyReplicas: count('Pods that are ready.').exactOptional(),
    updatedReplicas: count('Pods of the template as it is now.').exactOptional(),
    revision: z.string().max(253).exactOptional().describe('The revision that all of its pods have.'),
    restarts: count('How often all of its pods were replaced because one was restarted.').exactOptional(),
    consecutiveRestarts: count('How often of those in a row, without a long time in between.').exactOptional(),
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
    nameIsLabel('a RoleInstance'),
    namesFit('a RoleInstance', INSTANCE_NAME_ROOM, {
      cel: 'self.spec.components',
      of: (instance) => instance.spec.components,
    }),
  ],
);

/** Pods that belong together, as the instance is stored: defaults are filled in. */
export type RoleInstance = z.output<typeof schema>;
/** What an instance is made of. */
export type RoleInstanceSpec = RoleInstance['spec'];
/** What is seen of an instance. */
export type RoleInstanceStatus = NonNullable<RoleInstance['status']>;

/** An instance as it is written: what has a default may be left out. */
export interface RoleInstanceManifest {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: 'RoleInstance';
  readonly metadata: ManifestMeta;
  readonly spec: z.input<typeof spec>;
}

/** RoleInstance as the API server gets to know it. */
export const roleInstances: KindDefinition<typeof schema> = {
  kind: 'RoleInstance',
  plural: 'roleinstances',
  singular: 'roleinstance',
  shortNames: ['ri'],
  namespaced: true,
  schema,
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  },
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
};
