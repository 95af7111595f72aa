import { z } from 'zod';
import type { Column, KindDefinition, ScalePaths } from './kind.ts';

/** `kubectl get hostport` lists every kind in this category. */
const CATEGORY = 'hostport';

/** A CustomResourceDefinition. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly scope: 'Namespaced' | 'Cluster';
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: StructuralSchema };
      readonly subresources: { readonly status: Readonly<Record<string, never>>; readonly scale?: ScalePaths };
      readonly additionalPrinterColumns: readonly Column[];
    }[];
  };
}

/** The CRD of a kind. */
export function customResourceDefinition(definition: KindDefinition): CustomResourceDefinition {
  const { group, version, kind, plural, singular, shortNames, namespaced, schema, columns, scale } = definition;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: [CATEGORY] },
      scope: namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: structuralSchema(schema) },
          subresources: { status: {}, ...(scale === undefined ? {} : { scale }) },
          additionalPrinterColumns: columns,
        },
      ],
    },
  };
}

/** A node of a JSON schema, in the form that a CustomResourceDefinition takes. */
export interface StructuralSchema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly items?: StructuralSchema;
  readonly additionalProperties?: StructuralSchema;
}

// Fields that the API server checks itself, and for which it refuses a schema.
const identity: StructuralSchema['properties'] = {
  apiVersion: { type: 'string', description: 'The group and version of the object.' },
  kind: { type: 'string', description: 'The kind of the object.' },
  metadata: { type: 'object' },
};

/** The structural schema of a whole object; `apiVersion`, `kind` and `metadata` belong to the API server. */
function structuralSchema(schema: z.ZodType): StructuralSchema {
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
    // A structural schema must not have `false` beside properties: unknown fields are pruned, or refused by kubectl.
    ...(typeof additionalProperties === 'object' && additional(additionalProperties)),
  };
}

/** Fields without a schema that an open object keeps. */
function additional(schema: JsonSchema): StructuralSchema {
  return Object.keys(schema).length === 0
    ? { 'x-kubernetes-preserve-unknown-fields': true }
    : { additionalProperties: structural(schema) };
}

/** Keywords of zod that the API server doesn't know, or that say nothing: limits that every safe integer keeps. */
function isNoise(keyword: string, value: unknown): boolean {
  return keyword === '$schema' || keyword === 'propertyNames' || Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
