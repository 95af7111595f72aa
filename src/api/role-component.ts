import { z } from 'zod';
import type { ScalePaths } from './kind.ts';
import { dnsLabel, dnsName } from './name-forms.ts';
import { podAnnotations } from './names.ts';
import { podTemplate } from './pod-template.ts';
import { portAllocatorConfig } from './port-allocator.ts';
import { POOL_NAME_LENGTH } from './port-pool.ts';
import { celText, constrained, immutable } from './rules.ts';
import type { Rule, Transition } from './rules.ts';

/** The most components of an instance. */
export const MOST_COMPONENTS = 16;
/** The most pods of a component in an instance. */
const LARGEST_COMPONENT = 1024;

const LONGEST_POD_NAME = 63;
/** Characters after the component in the name of a pod: a dash and an index below {@link LARGEST_COMPONENT}. */
const INDEX_LENGTH = 5;
/** Characters after the set in the name of an instance: a dash, and an ordinal or a suffix. */
const SUFFIX_LENGTH = 6;

/** The most characters of the names of an instance and a component together. */
export const INSTANCE_NAMES_LENGTH = LONGEST_POD_NAME - INDEX_LENGTH - 1;
/** The most characters of the names of a set and a component together. */
export const SET_NAMES_LENGTH = INSTANCE_NAMES_LENGTH - SUFFIX_LENGTH;

/** CEL: the text of annotation `key` of a component's template; empty if it has none. */
function annotationText(component: 'self' | 'oldSelf', key: string): string {
  const metadata = `${component}.template.metadata`;
  const annotations = `${metadata}.annotations`;
  const name = celText(key);
  return `(has(${metadata}) && has(${annotations}) && ${name} in ${annotations} ? ${annotations}[${name}] : '')`;
}

const PORTS_ARE_IMMUTABLE =
  'the ports of a component that is there stay as they are: give the component another name, or remove it and add it again when its pods are gone';

const portsAreImmutable: readonly Transition[] = [
  immutable('ports', PORTS_ARE_IMMUTABLE),
  ...[podAnnotations.portAllocator, podAnnotations.rbgPortAllocator].map((key) => ({
    rule: `${annotationText('self', key)} == ${annotationText('oldSelf', key)}`,
    message: `annotation ${key} can't be changed: ${PORTS_ARE_IMMUTABLE}`,
  })),
];

/** One of the components of an instance: pods of one template. */
export const roleComponent = constrained(
  z.object({
    name: dnsLabel(
      'the name of a component',
      SET_NAMES_LENGTH - 1,
      'What it is called; its pods are <instance>-<name>-<index>.',
    ),
    size: z
      .int()
      .min(1)
      .max(LARGEST_COMPONENT)
      .default(1)
      .meta({ description: 'So many pods of it are in each instance.', format: 'int32' }),
    serviceName: dnsLabel(
      'the name of a Service',
      63,
      'The headless Service by which its pods are found: a host name is <pod>.<serviceName>. It is made where there is none.',
    ).exactOptional(),
    ports: portAllocatorConfig.exactOptional().meta({
      description: `Ports for its pods; the same as JSON in annotation ${podAnnotations.portAllocator} of the template.`,
    }),
    template: podTemplate,
  }),
  { description: 'Pods of one template.' },
  [],
  portsAreImmutable,
);

const DELAY = { format: 'int32' } as const;

/** What happens to an instance when one of its pods was restarted. */
export const restartPolicy = constrained(
  z.object({
    type: z.enum(['None', 'RecreateInstanceOnPodRestart']).default('None').meta({
      description:
        'None: a pod that failed is replaced by itself. RecreateInstanceOnPodRestart: all pods of the instance are replaced.',
    }),
    baseDelaySeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(30)
      .meta({
        description: 'So long it waits before the second time; twice as long before each further one.',
        ...DELAY,
      }),
    maxDelaySeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(600)
      .meta({ description: 'It never waits longer.', ...DELAY }),
  }),
  { description: 'What becomes of an instance when one of its pods was restarted.' },
  [
    {
      rule: 'self.maxDelaySeconds >= self.baseDelaySeconds',
      holds: ({ maxDelaySeconds, baseDelaySeconds }) => maxDelaySeconds >= baseDelaySeconds,
      message: 'maxDelaySeconds is less than baseDelaySeconds: write at least as much',
    },
  ],
).default({ type: 'None', baseDelaySeconds: 30, maxDelaySeconds: 600 });

/** The name of a set's role, in references and in labels. */
export const roleName = dnsLabel(
  'the name of a role',
  63,
  'What references call it. Absent: the name of the object.',
).exactOptional();

/** The pool of the ports of a set or an instance. */
export const rolePool = dnsName(
  'the name of a pool',
  POOL_NAME_LENGTH,
  'The pool of its ports. Absent: the default pool.',
).exactOptional();

/** Forbids to change a field in the spec of `kind`, a set or an instance. */
export function identityIsImmutable(kind: string, field: string, because: string): readonly Transition[] {
  const instead = `create another ${kind}`;
  return [
    immutable(field, `${because}; ${instead}`),
    immutable('role', `ports that are held and references of others go by it; ${instead}`),
    immutable('poolName', `the numbers that are held are of that pool; ${instead}`),
  ];
}

/** A field that counts something. */
export const roleCount = (description: string): z.ZodInt => z.int().min(0).meta({ description, format: 'int32' });

/** The paths of the scale of a set and of an instance, for `kubectl scale`, autoscalers and disruption budgets. */
export const roleScale: ScalePaths = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.selector',
};

interface Named {
  readonly metadata: { readonly name: string };
}

/** The name of an object has no dots: it becomes part of host names, in which dots are separators. */
export function nameHasNoDots(what: string): Rule<Named> {
  return {
    rule: "!self.metadata.name.contains('.')",
    holds: ({ metadata }) => !metadata.name.includes('.'),
    message: `the name of ${what} has no dots, because it becomes part of host names: write "-" instead`,
  };
}

/** The names of an object and of each of its components fit into `length`, so that names of pods aren't too long. */
export function namesFitIntoPodNames<T extends Named>(
  what: string,
  length: number,
  components: { readonly cel: string; readonly of: (object: T) => readonly { readonly name: string }[] },
): Rule<T> {
  return {
    rule: `${components.cel}.all(component, size(self.metadata.name) + size(component.name) <= ${length})`,
    holds: (object) => components.of(object).every(({ name }) => object.metadata.name.length + name.length <= length),
    message: `the names of ${what} and of a component have at most ${length} characters together, so that those of pods have ${LONGEST_POD_NAME}: choose shorter ones`,
  };
}

/** One of the components of an instance, defaults filled in. */
export type RoleComponent = z.output<typeof roleComponent>;
/** What happens to an instance when one of its pods was restarted. */
export type InstanceRestartPolicy = z.output<typeof restartPolicy>;
