import { z } from 'zod';
import { podAnnotations } from './names.ts';
import { portReference } from './port-reference.ts';
import { LARGEST_REQUEST, protocol } from './port-request.ts';
import { celText, constrained, quoting } from './rule.ts';
import type { Rule } from './rule.ts';

const LABEL = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$';
const ENV_NAME = '^[A-Za-z_][A-Za-z0-9_]*$';
const QUALIFIED_NAME =
  '^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';
/** Prefixes of annotations that belong to Kubernetes or to Hostport. */
const TAKEN_PREFIX = '^(.*[.])?(hostport[.]io|kubernetes[.]io|k8s[.]io)/';

/** A text that matches `pattern`. */
function matches(pattern: string, not: string): Rule<string> {
  const expression = new RegExp(pattern);
  return {
    rule: `self.matches(${celText(pattern)})`,
    holds: (text) => expression.test(text),
    message: quoting(` is not ${not}`),
  };
}

/** A choice, refused with the text that was written and those that could have been. */
function choice<const T extends readonly string[]>(what: string, values: T) {
  return z.enum(values, {
    error: ({ input }) => `${JSON.stringify(input)} is no ${what}: write one of ${values.join(', ')}`,
  });
}

/** An object; unknown fields are refused by name. */
function strict<S extends z.core.$ZodLooseShape>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown field ${issue.keys.map((key) => `"${key}"`).join(', ')}: write only ${Object.keys(shape).join(', ')}`
        : undefined,
  });
}

const portName = constrained(
  z.string().max(63),
  { description: 'What the port is called; a container port of that name takes the number.' },
  [matches(LABEL, 'a name for a port: write lower case letters, digits and "-", with a letter or a digit at each end')],
);

const envName = constrained(
  z.string().max(200),
  { description: 'The environment variable that gets the number, in every container.' },
  [matches(ENV_NAME, 'a name for an environment variable: write letters, digits and "_", not a digit first')],
);

const annotationKey = constrained(
  z.string().max(317),
  { description: 'An annotation of the pod that gets the number, too.' },
  [
    matches(QUALIFIED_NAME, 'a key for an annotation: write one like example.com/grpc-port'),
    {
      rule: `!self.matches(${celText(TAKEN_PREFIX)}) && self != ${celText(podAnnotations.rbgPortAllocator)}`,
      holds: (key) => !new RegExp(TAKEN_PREFIX).test(key) && key !== podAnnotations.rbgPortAllocator,
      message: quoting(' is not for you to write: take a prefix of your own, like example.com/grpc-port'),
    },
  ],
);

/** Who shares a number: no other pod, or all pods of the component (for a plain pod: of its topmost controller). */
export const portSharing = choice('scope', ['PodScoped', 'RoleScoped']);

const allocation = strict({
  name: portName,
  env: envName,
  annotationKey: annotationKey.exactOptional(),
  scope: portSharing.default('PodScoped').meta({
    description: 'PodScoped: a number for each pod. RoleScoped: one number for all pods.',
  }),
  protocol: choice('protocol', protocol.options)
    .default('TCP')
    .meta({ description: 'What is spoken over it; TCPUDP is one number on both.' }),
  count: z
    .int({ error: ({ input }) => `${JSON.stringify(input)} is no count: write a number from 1 to ${LARGEST_REQUEST}` })
    .min(1, `a count is from 1 to ${LARGEST_REQUEST}: write one of those`)
    .max(LARGEST_REQUEST, `a count is from 1 to ${LARGEST_REQUEST}: write one of those`)
    .default(1)
    .meta({ description: 'So many consecutive numbers; the last is in <env>_END.', format: 'int32' }),
});

const reference = strict({
  env: envName,
  from: portReference,
});

/** Lists that the API server merges item by item. */
function keyedBy(field: string): Readonly<Record<string, unknown>> {
  return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [field] };
}

/**
 * Ports requested in the manner of RoleBasedGroup: the JSON of the annotation `hostport.io/port-allocator`, and the
 * equal field of a RoleInstanceSet. Names, environment variables and annotation keys are each unique in it.
 */
export const portAllocatorConfig = strict({
  allocations: z
    .array(allocation)
    .max(64)
    .default([])
    .meta({ description: 'Ports to be given.', ...keyedBy('name') }),
  references: z
    .array(reference)
    .max(64)
    .default([])
    .meta({ description: 'Ports of others to be told.', ...keyedBy('env') }),
}).superRefine(({ allocations, references }, context) => {
  const seen = new Map<string, string>();
  const claim = (what: string, text: string | undefined, path: (string | number)[]) => {
    if (text === undefined) return;
    const at = `${path[0] ?? ''}[${path[1] ?? ''}]`;
    const other = seen.get(`${what} ${text}`);
    if (other === undefined) seen.set(`${what} ${text}`, at);
    else
      context.addIssue({ code: 'custom', path, message: `${what} "${text}" is used by ${other}: write another one` });
  };
  for (const [at, { name, env, annotationKey: key, count }] of allocations.entries()) {
    claim('name', name, ['allocations', at, 'name']);
    claim('env', env, ['allocations', at, 'env']);
    claim('env', count > 1 ? endEnvOf(env) : undefined, ['allocations', at, 'env']);
    claim('annotationKey', key, ['allocations', at, 'annotationKey']);
  }
  for (const [at, { env }] of references.entries()) claim('env', env, ['references', at, 'env']);
});

/** The environment variable for the last number of a block, by that for the first. */
export function endEnvOf(env: string): string {
  return `${env}_END`;
}

/** Ports to assign to a pod, and references to ports of others, with defaults filled in. */
export type PortAllocatorConfig = z.output<typeof portAllocatorConfig>;
/** A port to assign, or a block of consecutive ones. */
export type PortAllocatorEntry = PortAllocatorConfig['allocations'][number];
/** Who shares a number. */
export type PortSharing = z.output<typeof portSharing>;
