import { describe, expect, test } from '@jest/globals';
import { cyclesIn, faultOf, faultsOfFolders } from './layers.ts';
import { importsOf } from './source-tree.ts';

/** What is said of one line of source in `file`. */
function verdict(file: string, line: string): (string | undefined)[] {
  return importsOf(file, line).map(faultOf);
}

describe('the rules allow', () => {
  test.each([
    ['core/plan.ts', "import { ok } from '../base/result.ts';"],
    ['core/plan.ts', "import type { Claim } from './claim.ts';"],
    ['core/choose.ts', "import { strategies } from './strategy/index.ts';"],
    ['core/strategy/stride.ts', "import { GROUP } from '../bitmap.ts';"],
    ['ledger/store.ts', "import { configMaps } from '../kube/index.ts';"],
    ['allocation/pools.ts', "export { Ledger } from '../ledger/index.ts';"],
    ['controllers/port-pool/watch.ts', "import { Pools } from '../../allocation/index.ts';"],
    ['workload/ports.ts', "import type { Pod } from '../kube/index.ts';"],
    ['cli/main.ts', "import { install } from './commands/install.ts';"],
    ['cli/main.ts', "const { Ledger } = await import('../ledger/index.ts');"],
    ['cli/version.ts', "import packageJson from '../../package.json' with { type: 'json' };"],
    ['kube/client.ts', "import { Agent } from 'undici'; import { readFile } from 'node:fs/promises';"],
    ['api/parse.ts', "import { z } from 'zod';"],
  ])('%s to say %s', (file, line) => {
    expect(verdict(file, line).filter((fault) => fault !== undefined)).toEqual([]);
    expect(verdict(file, line).length).toBeGreaterThan(0);
  });
});

describe('the rules refuse', () => {
  test.each([
    ['core/plan.ts', "import { Ledger } from '../ledger/index.ts';", 'is not for core, which may import base'],
    ['base/clock.ts', "import type { Claim } from '../core/index.ts';", 'is not for base, which may import nothing'],
    ['kube/client.ts', "import type { Claim } from '../core/index.ts';", 'is not for kube'],
    ['api/parse.ts', "import { find } from '../kube/index.ts';", 'takes more than types from kube'],
    ['ledger/store.ts', "import { z } from '../api/index.ts';", 'is not for ledger'],
    ['ledger/store.ts', "import { queue } from '../runtime/index.ts';", 'is not for ledger'],
    ['runtime/queue.ts', "import { hashText } from '../core/index.ts';", 'is not for runtime'],
    ['runtime/queue.ts', "import { names } from '../api/index.ts';", 'is not for runtime'],
    ['runtime/queue.ts', "type Ledger = import('../ledger/index.ts').Ledger;", 'is not for runtime'],
    ['controllers/a/x.ts', "import { Ledger } from '../../ledger/index.ts';", 'is not for controllers'],
    ['controllers/a/x.ts', "export * from '../b/index.ts';", 'goes sideways, from controllers/a to controllers/b'],
    ['webhook/x.ts', "import { Ledger } from '../ledger/index.ts';", 'is not for webhook'],
    ['workload/ports.ts', "import { find } from '../kube/index.ts';", 'takes more than types from kube'],
    ['workload/ports.ts', "import type { Queue } from '../runtime/index.ts';", 'is not for workload'],
    ['ledger/store.ts', "import { GROUP } from '../core/bitmap.ts';", 'passes by the door: import core/index.ts'],
    [
      'core/pool.ts',
      "import { stride } from './strategy/stride.ts';",
      'passes by the door: import core/strategy/index.ts',
    ],
    ['core/pool.ts', "import { x } from './strategy';", 'names no file'],
    ['ledger/store.ts', "import { V1Pod } from '@kubernetes/client-node';", 'is for kube alone'],
    ['ledger/store.ts', "import { x } from '@kubernetes/client-node/dist/x.js';", 'is for kube alone'],
    ['runtime/x.ts', "import type Operator from '@dot-i/k8s-operator';", 'is for kube alone'],
    ['cli/main.ts', "await import('undici');", 'is for kube alone'],
    ['core/hash.ts', "import { createHash } from 'node:crypto';", 'is a module of Node, and core does without'],
    ['api/parse.ts', "import { isIP } from 'node:net';", 'is a module of Node, and api does without'],
    [
      'workload/x.ts',
      "import type { IncomingMessage } from 'node:http';",
      'is a module of Node, and workload does without',
    ],
    ['kube/x.ts', "import { isIP } from 'net';", 'write "node:net"'],
    ['core/parse.ts', "import { z } from 'zod';", 'is a package, and core does without'],
    ['extra/x.ts', "import { ok } from '../base/result.ts';", "a part that the architecture doesn't have"],
    ['kube/x.ts', "import { Desk } from '../../test/unit/core/desk.ts';", 'leaves src'],
    ['cli/x.ts', 'const name = "x"; await import(name);', 'is computed'],
  ])('%s to say %s', (file, line, fault) => {
    expect(verdict(file, line)).toEqual([expect.stringContaining(fault)]);
  });
});

describe('circles are found', () => {
  const circle = (...edges: readonly (readonly [string, string])[]) =>
    cyclesIn(edges.map(([from, to]) => ({ from, to, isOurs: true, typesOnly: true })));

  test('of one, two and more files, types included', () => {
    expect(circle(['a', 'a'])).toEqual([['a', 'a']]);
    expect(circle(['a', 'b'], ['b', 'a'])).toEqual([['a', 'b', 'a']]);
    expect(circle(['x', 'a'], ['a', 'b'], ['b', 'c'], ['c', 'a'])).toEqual([['a', 'b', 'c', 'a']]);
  });

  test('and none where ways only meet again', () => {
    expect(circle(['a', 'b'], ['a', 'c'], ['b', 'd'], ['c', 'd'])).toEqual([]);
  });
});

describe('folders', () => {
  const faults = (texts: Readonly<Record<string, string>>) =>
    faultsOfFolders(Object.keys(texts), (file) => texts[file] ?? '');

  test('have a door that opens with a comment, except where nobody comes in by one', () => {
    expect(faults({ 'core/index.ts': '/**\n * Numbers.\n */\n', 'base/clock.ts': '', 'cli/x/main.ts': '' })).toEqual(
      [],
    );
    expect(faults({ 'core/plan.ts': '' })).toEqual(['src/core has no index.ts']);
    expect(faults({ 'core/index.ts': "export * from './x.ts';", 'core/strategy/x.ts': '' })).toEqual([
      "src/core/index.ts doesn't open with a comment that says what the folder is for",
      'src/core/strategy has no index.ts',
    ]);
  });

  test.each(['base/utils.ts', 'base/util.ts', 'cli/helpers/x.ts', 'base/common.ts', 'cli/misc.d.ts'])(
    'are not named like %s',
    (file) => {
      expect(faults({ [file]: '' })).toContain(`src/${file} has a name that says nothing about what is in it`);
    },
  );
});
