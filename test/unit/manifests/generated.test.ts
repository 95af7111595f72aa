import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import packageJson from '../../../package.json' with { type: 'json' };
import { generatedFiles, imageOf } from '../../../src/manifests/index.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const files = generatedFiles(imageOf(packageJson.version));

test.each([...files])('%s is up to date (if not: npm run generate)', (path, documents) => {
  const found = parseAllDocuments(readFileSync(join(root, path), 'utf8')).map((document) => document.toJS() as unknown);
  // Through JSON, because that is what the API server gets.
  expect(found).toEqual(JSON.parse(JSON.stringify(documents)));
});

test('crds and config have nothing else (if they do: npm run generate)', () => {
  const found = ['crds', 'config'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );
  expect(found.sort()).toEqual([...files.keys()].sort());
});

test('every image has the version of this program, and none is called latest', () => {
  const images = [...files.values()]
    .flat()
    .flatMap((document) => JSON.stringify(document).match(/"image":"[^"]*"/g) ?? []);
  expect(new Set(images)).toEqual(new Set([`"image":"ghcr.io/hostport/hostport:${packageJson.version}"`]));
});
