import { z } from 'zod';
import type { Result } from '../base/result.ts';
import { DNS_LABEL, dnsLabel, QUALIFIED_NAME } from './name-forms.ts';
import { podAnnotations } from './names.ts';
import { parse } from './parse.ts';
import type { Faults } from './parse.ts';
import { LARGEST_REQUEST, protocol } from './port-request.ts';
import { celText, constrained, matching, quoting } from './rules.ts';

const ENV_NAME = '^[A-Za-z_][A-Za-z0-9_]*$';
/** Prefixes of annotations that belong to Kubernetes or to Hostport. */
const TAKEN_PREFIX = '^(.*[.])?(hostport[.]io|kubernetes[.]io|k8s[.]io)/';

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

const portName = dnsLabel(
  'a name for a port',
  63,
  'What the port is called; a container port of that name takes the number.',
);

const envName = constrained(
  z.string().max(200),
  { description: 'The environment variable that gets the number, in every container.' },
  [matching(ENV_NAME, ' is not a name for an environment variable: write letters, digits and "_", not a digit first')],
);

const annotationKey = constrained(
  z.string().max(317),
  { description: 'An annotation of the pod that gets the number, too.' },
  [
    matching(`^${QUALIFIED_NAME}$`, ' is not a key for an annotation: write one like example.com/grpc-port'),
    {
      rule: `!self.matches(${celText(TAKEN_PREFIX)}) && self != ${celText(podAnnotations.rbgPortAllocator)}`,
      holds: (key) => !new RegExp(TAKEN_PREFIX).test(key) && key !== podAnnotations.rbgPortAllocator,
      message: quoting(' is not for you to write: take a prefix of your own, like example.com/grpc-port'),
    },
  ],
);

/** Who shares a number: no other pod, or all pods of the component (for a plain pod: of its topmost controller). */
const portSharing = choice('scope', ['PodScoped', 'RoleScoped']);

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

const REFERENCE = `^${DNS_LABEL}[.]${DNS_LABEL}(\\[[0-9]{1,5}\\])?[.]${DNS_LABEL}$`;
const PARTS = /^([^.]+)\.([^.[]+)(?:\[(\d+)\])?\.([^.]+)$/;

/** The text of a reference: `<role>.<component>.<port>` or `<role>.<component>[i].<port>`. */
const portReference = constrained(
  z.string().max(200),
  {
    description: 'The port that is meant: <role>.<component>.<port>, or <role>.<component>[i].<port> for another pod.',
  },
  [matching(REFERENCE, ' is no reference: write <role>.<component>.<port>, or <role>.<component>[i].<port>')],
);

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

/** The environment variable for the last number of a block; `env` is the one for the first number. */
export function endEnvOf(env: string): string {
  return `${env}_END`;
}

/** Validates a config, see {@link parse}; unknown fields are faults. */
export function parsePortAllocatorConfig(value: unknown): Result<PortAllocatorConfig, Faults> {
  return parse(portAllocatorConfig, value);
}

/** Parses a reference; undefined for a text of another form, which {@link portReference} refuses. */
export function parsePortReference(text: string): PortReference | undefined {
  const parts = new RegExp(REFERENCE).test(text) ? PARTS.exec(text) : null;
  if (parts === null) return undefined;
  const [, role = '', component = '', index, port = ''] = parts;
  return { role, component, ...(index === undefined ? {} : { index: Number(index) }), port };
}

/** Requested ports, and references to ports of others, with defaults filled in. */
export type PortAllocatorConfig = z.output<typeof portAllocatorConfig>;
/** A requested port, or a block of consecutive ones. */
export type PortAllocatorEntry = PortAllocatorConfig['allocations'][number];
/** Who shares a number. */
export type PortSharing = z.output<typeof portSharing>;

/** The target of a reference: a port of a component of a role. */
export interface PortReference {
  readonly role: string;
  readonly component: string;
  /** The index of the pod in the component; absent if none was written, which means pod 0. */
  readonly index?: number;
  readonly port: string;
}
