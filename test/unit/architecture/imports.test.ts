import { describe, expect, test } from '@jest/globals';
import { cyclesIn, faultOf, faultsOfFolders } from './layers.ts';
import { exists, importsOf, sourceFiles, textOf } from './source-tree.ts';

const files = sourceFiles();
const imports = files.flatMap((file) => importsOf(file, textOf(file)));

/** Where the rules are explained; part of every complaint. */
const SEE = 'see docs/architecture.md';

describe('the sources', () => {
  test('import only what the architecture allows', () => {
    const faults = imports.flatMap((each) => {
      const fault = faultOf(each);
      return fault === undefined ? [] : [`src/${each.from}: the import of ${each.to} ${fault}; ${SEE}`];
    });
    expect(faults).toEqual([]);
  });

  test("import no file that isn't there", () => {
    const missing = imports.filter(({ isOurs, to }) => isOurs && !exists(to));
    expect(missing.map(({ from, to }) => `src/${from} imports ${to}`)).toEqual([]);
  });

  test('import each other in no circle, types included', () => {
    const cycles = cyclesIn(imports).map((cycle) => `${cycle.map((file) => `src/${file}`).join(' → ')}; ${SEE}`);
    expect(cycles).toEqual([]);
  });

  test('stand in folders with a door that says what they are for, under names that say something', () => {
    expect(faultsOfFolders(files, textOf).map((fault) => `${fault}; ${SEE}`)).toEqual([]);
  });

  test('were found and read', () => {
    const folders = new Set(files.map((file) => file.split('/')[0]));
    for (const folder of ['base', 'core', 'api', 'kube', 'ledger', 'runtime', 'allocation', 'controllers', 'cli']) {
      expect(folders).toContain(folder);
    }
    expect(imports.length).toBeGreaterThan(files.length);
  });
});
