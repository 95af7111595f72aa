import { describe, expect, test } from '@jest/globals';
import { customResourceDefinitions, kinds } from '../../../src/api/index.ts';
import type { StructuralSchema } from '../../../src/api/index.ts';

interface Place {
  readonly path: string;
  readonly schema: StructuralSchema;
}

function* places(schema: StructuralSchema, path: string): Generator<Place> {
  yield { path, schema };
  for (const [name, property] of Object.entries(schema.properties ?? {})) yield* places(property, `${path}.${name}`);
  if (schema.items) yield* places(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* places(schema.additionalProperties, `${path}.*`);
}

const all = customResourceDefinitions().flatMap(({ spec }) =>
  spec.versions.flatMap((version) => [...places(version.schema.openAPIV3Schema, spec.names.kind)]),
);
const ours = all.filter(({ path }) => !/^\w+[.](apiVersion|kind|metadata)$/.test(path));

describe('a definition', () => {
  test('is there for each kind, with a status, short names and columns', () => {
    expect(customResourceDefinitions().map(({ metadata }) => metadata.name)).toEqual([
      'portpools.hostport.io',
      'portallocations.hostport.io',
      'roleinstancesets.hostport.io',
      'roleinstances.hostport.io',
      'nodereports.hostport.io',
    ]);
    for (const { spec } of customResourceDefinitions()) {
      expect(spec.names.categories).toEqual(['hostport']);
      expect(spec.versions).toMatchObject([
        { name: 'v1alpha1', served: true, storage: true, subresources: { status: {} } },
      ]);
    }
    expect(kinds.map(({ columns }) => columns.at(-1)?.name)).toEqual(kinds.map(() => 'Age'));
  });

  test('has a bound on every text, list and map', () => {
    const unbounded = ours.filter(
      ({ schema }) =>
        (schema['type'] === 'string' && !('enum' in schema) && !('maxLength' in schema)) ||
        (schema['type'] === 'array' && !('maxItems' in schema)) ||
        (schema.additionalProperties !== undefined && !('maxProperties' in schema)),
    );
    expect(unbounded.map(({ path }) => path)).toEqual([]);
  });

  test('says of every list how it is merged', () => {
    const lists = ours.filter(({ schema }) => schema['type'] === 'array');
    expect(lists.filter(({ schema }) => !('x-kubernetes-list-type' in schema)).map(({ path }) => path)).toEqual([]);
  });

  test('explains every field', () => {
    const fields = ours.filter(({ path }) => !path.endsWith('[]') && !path.endsWith('.*'));
    expect(fields.filter(({ schema }) => !schema['description']).map(({ path }) => path)).toEqual([]);
  });

  test('has nothing that a structural schema must not have', () => {
    const keywords = new Set(all.flatMap(({ schema }) => Object.keys(schema)));
    for (const keyword of ['$schema', '$ref', 'anyOf', 'allOf', 'not', 'propertyNames', 'const']) {
      expect(keywords).not.toContain(keyword);
    }
    expect(all.filter(({ schema }) => (schema.additionalProperties as unknown) === false)).toEqual([]);
  });

  test('gives a message with every rule', () => {
    const rules = all.flatMap(({ schema }) => (schema['x-kubernetes-validations'] ?? []) as Record<string, unknown>[]);
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.filter((rule) => !rule['message'] && !rule['messageExpression'])).toEqual([]);
  });
});
