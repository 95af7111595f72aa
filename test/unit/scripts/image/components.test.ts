import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { bundledPackages } from '../../../../scripts/image/bundled-packages.ts';
import nodePackages from '../../../../scripts/image/node-packages.json' with { type: 'json' };
import { platforms } from '../../../../scripts/image/platform.ts';
import { billOfMaterials } from '../../../../scripts/image/sbom.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hostport-packages-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
}

test('the packages of a bundle are those that something in it comes from, nested ones too', () => {
  const inputs = {
    'src/cli/start.ts': {},
    'node_modules/b/index.js': {},
    'node_modules/b/more.js': {},
    'node_modules/b/node_modules/@s/c/index.js': {},
  };
  write('meta.json', { inputs });
  write('node_modules/b/package.json', { name: 'b', version: '1.0.0', license: 'MIT' });
  write('node_modules/b/LICENSE', 'of b');
  write('node_modules/b/node_modules/@s/c/package.json', { name: '@s/c', version: '2.0.0', license: 'ISC' });
  write('node_modules/b/node_modules/@s/c/readme.md', '# c\n\n## License\n\nISC, of c\n');
  const packages = bundledPackages(root, 'meta.json');
  expect(packages.map(({ name, licence, purl }) => ({ name, licence, purl }))).toEqual([
    { name: 'b', licence: 'MIT', purl: 'pkg:npm/b@1.0.0' },
    { name: '@s/c', licence: 'ISC', purl: 'pkg:npm/%40s/c@2.0.0' },
  ]);
  expect(packages.map(({ licenceText }) => licenceText)).toEqual(['of b', expect.stringContaining('ISC, of c')]);
});

test('a package that names no licence is not given on', () => {
  write('meta.json', { inputs: { 'node_modules/b/index.js': {} } });
  write('node_modules/b/package.json', { name: 'b', version: '1.0.0' });
  expect(() => bundledPackages(root, 'meta.json')).toThrow('b 1.0.0 says no licence');
});

test.each([
  ['MIT', { license: { id: 'MIT' } }],
  ['(MIT OR Apache-2.0)', { expression: 'MIT OR Apache-2.0' }],
])('the bill of materials has licence %s as %j', (licence, entry) => {
  const component = { name: 'b', version: '1.0.0', licence, purl: 'pkg:npm/b@1.0.0', licenceText: '' };
  const text = billOfMaterials({ version: '1.2.3', created: new Date(0), components: [component] });
  expect(JSON.parse(text)).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { name: 'hostport', version: '1.2.3' } },
    components: [{ name: 'b', version: '1.0.0', purl: 'pkg:npm/b@1.0.0', licenses: [entry] }],
    dependencies: [{ ref: 'hostport', dependsOn: ['pkg:npm/b@1.0.0'] }],
  });
});

test('the Node.js of the image is the one that is installed, for every platform', () => {
  const manifest = new URL('../../../../node_modules/node/package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
  expect(Object.keys(nodePackages)).toEqual(platforms.map(({ nodePackage }) => `${nodePackage}@${version}`));
});
