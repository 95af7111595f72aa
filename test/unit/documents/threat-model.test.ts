import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** The rows of what is tried, by the sections of the document. */
const rows = read('docs/threat-model.md')
  .split('\n')
  .filter((line) => /^\| [A-Z]\d+ /.test(line))
  .map((line) => {
    const [, id = '', tried = '', held = '', tests = ''] = line.split('|').map((cell) => cell.trim());
    return { id, tried, held, tests };
  });

const pathsIn = (cell: string): readonly string[] =>
  [...cell.matchAll(/`((?:src|test)\/[^`\s]+)`/g)].map(([, path = '']) => path);

describe('docs/threat-model.md', () => {
  test('has rows, each with a number of its own', () => {
    expect(rows.length).toBeGreaterThan(20);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  test.each(rows)('$id names code that is there', ({ held }) => {
    const paths = pathsIn(held);
    expect(paths).not.toEqual([]);
    expect(paths.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
  });

  test.each(rows)('$id names tests that are there, with the words of their titles', ({ tests }) => {
    const named = [...tests.matchAll(/`(test\/[^`\s]+)` “([^”]+)”/g)];
    expect(named).not.toEqual([]);
    for (const [, path = '', title = ''] of named) expect(read(path).replaceAll('\\', '')).toContain(title);
  });
});
