import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { kinds, podAnnotations } from '../../../src/api/index.ts';
import { strategyNames } from '../../../src/core/index.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const text = read('docs/extending.md');

/** The files that change for `what`, in the order of the document. */
function filesFor(what: string): readonly string[] {
  const [, section = ''] = text.split(`## ${what}\n`);
  return [...(section.split('\n## ')[0] ?? '').matchAll(/^\d+\. `([^`]+)`/gm)].map(([, path = '']) => path);
}

/** The sources in which `word` stands. */
function sourcesWith(word: RegExp): readonly string[] {
  const all = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' });
  return all.map((path) => `src/${path}`).filter((path) => path.endsWith('.ts') && word.test(read(path)));
}

test('every path that is named is there', () => {
  const paths = [...text.matchAll(/`((?:src|test|docs|samples)\/[^`\s…]*|README\.md)`/g)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
});

test('a strategy is known to no file but its own and the registry', () => {
  const [own = '', registry = ''] = filesFor('A strategy');
  expect([own, registry]).toEqual(['src/core/strategy/sequential.ts', 'src/core/strategy/index.ts']);
  for (const name of strategyNames) {
    const file = `strategy/${name.toLowerCase()}.ts`;
    const door = sourcesWith(new RegExp(`from '\\./${name.toLowerCase()}\\.ts'`)).filter((path) =>
      path.startsWith('src/core/'),
    );
    expect([...door, ...sourcesWith(new RegExp(file))]).toEqual([registry]);
  }
});

test('a setting is read where the list says, and nowhere else', () => {
  const word = podAnnotations.basePort.replace('hostport.io/', '');
  const readers = sourcesWith(new RegExp(`'(?:hostport\\.io/)?${word}'`));
  expect(filesFor('A setting on pods')).toEqual(expect.arrayContaining([...readers]));
});

test('a kind is one file, and a line in the list of all', () => {
  const [model = '', registry = ''] = filesFor('A kind of ours');
  const definitions = sourcesWith(/= defineKind\(/);
  expect(definitions).toContain(model);
  expect(definitions).toHaveLength(kinds.length);
  for (const path of definitions) expect(read(registry)).toContain(`from '${path.replace('src/api', '.')}'`);
});

test('each controller of a kind begins where the list says', () => {
  const [, , view = '', model = '', leading = ''] = filesFor('A kind of ours');
  expect(model).toMatch(/controller\.ts$/);
  for (const kind of ['port-pool', 'port-allocation']) {
    expect(existsSync(new URL(`src/controllers/${kind}/controller.ts`, root))).toBe(true);
    expect(read(leading)).toContain(`controllers/${kind}/index.ts`);
  }
  expect(read(view)).toContain('PortPools');
});
