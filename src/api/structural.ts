import { z } from 'zod';

/** A node of a JSON schema, as the API server takes it in a CustomResourceDefinition. */
export interface StructuralSchema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly items?: StructuralSchema;
  readonly additionalProperties?: StructuralSchema;
}

// What the API server checks by itself, and refuses to be told about.
const identity: StructuralSchema['properties'] = {
  apiVersion: { type: 'string', description: 'The group and version of the object.' },
  kind: { type: 'string', description: 'The kind of the object.' },
  metadata: { type: 'object' },
};

/** The structural schema of a whole object: `apiVersion`, `kind` and `metadata` are the API server's own. */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  const whole = structural(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) as JsonSchema);
  return { ...whole, required: ['spec'], properties: { ...whole.properties, ...identity } };
}

interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
}

function structural(schema: JsonSchema): StructuralSchema {
  const { properties, items, additionalProperties, ...rest } = schema;
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([keyword, value]) => !isNoise(keyword, value))),
    ...(properties && { properties: mapValues(properties, structural) }),
    ...(items && { items: structural(items) }),
    // `false` beside properties is forbidden in a structural schema: unknown fields are pruned, or refused by kubectl.
    ...(typeof additionalProperties === 'object' && additional(additionalProperties)),
  };
}

/** An object that takes anything beside its fields has no schema for them, and keeps them all the same. */
function additional(schema: JsonSchema): StructuralSchema {
  return Object.keys(schema).length === 0
    ? { 'x-kubernetes-preserve-unknown-fields': true }
    : { additionalProperties: structural(schema) };
}

/** What zod adds and the API server doesn't know, or what says nothing: bounds that every safe integer keeps. */
function isNoise(keyword: string, value: unknown): boolean {
  return keyword === '$schema' || keyword === 'propertyNames' || Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
