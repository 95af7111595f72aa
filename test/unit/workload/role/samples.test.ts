import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { admitRoleInstanceSet } from '../../../../src/webhook/index.ts';
import { stored } from '../../api/objects.ts';

const folder = fileURLToPath(new URL('../../../../samples/', import.meta.url));
const files = readdirSync(folder).filter((file) => file.startsWith('role-'));

test('samples of sets are there', () => {
  expect(files).toHaveLength(3);
});

test.each(files)('%s can work', (file) => {
  const { metadata, spec } = parse(readFileSync(`${folder}${file}`, 'utf8')) as {
    metadata: { name: string };
    spec: unknown;
  };
  expect(
    admitRoleInstanceSet({ object: stored('RoleInstanceSet', spec, metadata.name), oldObject: null }),
  ).toMatchObject({
    ok: true,
  });
});
