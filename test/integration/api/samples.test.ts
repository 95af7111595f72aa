import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { root, schemaCluster } from './cluster.ts';
import { succeed } from './kubectl.ts';
import type { SchemaCluster } from './cluster.ts';

const files = readdirSync(`${root}samples`).filter((file) => file.endsWith('.yaml'));

let cluster: SchemaCluster;
beforeAll(async () => {
  cluster = await schemaCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

describe('the sample', () => {
  test.each(files)('%s is taken as it is', async (file) => {
    const text = readFileSync(`${root}samples/${file}`, 'utf8');
    await succeed(cluster.kubectl(['apply', '-f', '-'], text));
    for (const document of parseAllDocuments(text)) {
      const { kind, metadata, spec } = document.toJS() as { kind: string; metadata: { name: string }; spec: object };
      const stored: unknown = JSON.parse(await succeed(cluster.kubectl(['get', kind, metadata.name, '-o', 'json'])));
      expect(stored).toMatchObject({ spec });
    }
  });

  test.each(files)('%s is in the list', (file) => {
    expect(readFileSync(`${root}samples/README.md`, 'utf8')).toContain(`\`${file}\``);
  });
});
