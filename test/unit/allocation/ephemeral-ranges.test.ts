import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EphemeralRanges, Pools, poolOn, printKernels, printOverlaps } from '../../../src/allocation/index.ts';
import { EPHEMERAL, EphemeralCensus } from '../../../src/allocation/ephemeral-census.ts';
import { understandPools } from '../../../src/allocation/pool-rules.ts';
import type { KnownPool } from '../../../src/allocation/index.ts';
import type { EphemeralNumbers } from '../../../src/allocation/ephemeral-census.ts';
import type { BelievedReport } from '../../../src/allocation/node-report-store.ts';
import type { NodeReportSpec, PortPool, PortPoolManifest } from '../../../src/api/index.ts';
import { mergeRanges, printRanges, rangesInclude } from '../../../src/core/index.ts';
import type { PortRange } from '../../../src/core/index.ts';
import type { CacheChange, Node, ResourceCache } from '../../../src/kube/index.ts';
import { ranges } from '../core/make.ts';
import { storedPool, storedReport } from './resources.ts';

const nothing: Disposable = { [Symbol.dispose]: () => undefined };

/** The numbers that kernels use, by node; `usual` is the default. */
function kernels(byNode: Readonly<Record<string, string>>): EphemeralNumbers {
  const census = new EphemeralCensus();
  for (const [node, text] of Object.entries(byNode)) census.set(node, text === 'usual' ? undefined : ranges(text));
  return census;
}

function understand(spec: PortPoolManifest['spec'], byNode: Readonly<Record<string, string>>): KnownPool {
  const [pool] = understandPools([storedPool('p', spec)], kernels(byNode));
  if (pool === undefined) throw new Error('the pool is not understood');
  return pool;
}

describe('a pool of scope Cluster', () => {
  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['without a report of any node', {}, '32000-32767'],
    ['where every node takes what is usual', { n1: 'usual' }, '32000-32767'],
    ['where one node of two takes more', { n1: 'usual', n2: '1-65535' }, '32000-32767'],
    ['where two of three do', { n1: 'usual', n2: '32500-60999', n3: '32400-60999' }, '32000-32499'],
    ['where all nodes take less', { n1: '32900-40000', n2: '33000-40000' }, '32000-32999'],
    ['where one of one takes nothing of it', { n1: '40000-50000' }, '32000-33000'],
    ['where a kernel leaves some alone', { n1: '32500-32599 32700-40000' }, '32000-32499, 32600-32699'],
  ])('%s has the numbers that no more than half of the kernels take', (_, byNode, expected) => {
    const pool = understand({ ranges: ['32000-33000'], allowNodePortOverlap: true }, byNode);
    expect(printRanges(pool.pool.usable)).toBe(expected);
    expect(printRanges(poolOn(pool, 'n2').usable)).toBe(expected);
  });

  test('keeps them all where it says so', () => {
    const pool = understand({ ranges: ['15000-15009'], allowEphemeralOverlap: true }, { n1: '15000-16000' });
    expect(printRanges(pool.pool.usable)).toBe('15000-15009');
    expect(pool.kernels).toEqual([]);
    expect(pool.overlapping).toEqual([]);
  });

  test('hands nothing out where most nodes take all of it, and says which', () => {
    const { fault } = understand({ ranges: ['15000-15009'] }, { n1: '15000-16000', n2: 'usual', n3: '15000-16000' });
    expect(fault).toMatchObject({
      reason: 'EphemeralOverlap',
      message: expect.stringContaining('the kernel of nodes "n1", "n3" takes 15000-16000 for outgoing connections'),
    });
  });

  test('names the node that takes numbers which it hands out, and the line that ends it', () => {
    const pool = understand({ ranges: ['15995-16004'] }, { n1: '15000-16000', n2: 'usual' });
    expect(pool.fault).toBeUndefined();
    expect(printOverlaps(pool)).toBe(
      'node "n1" may take 15995-16000 for outgoing connections: set net.ipv4.ip_local_port_range="32768 60999" there, or net.ipv4.ip_local_reserved_ports="15995-16004" (beside what it has)',
    );
  });

  test('says no more of a thousand hostile nodes than of three', () => {
    const hostile = Array.from({ length: 1_000 }, (_, at) => [`h${at}`, `${15_000 + at}-65535`] as const);
    const honest = Array.from({ length: 1_001 }, (_, at) => [`n${at}`, 'usual'] as const);
    const pool = understand({ ranges: ['15000-15009'] }, Object.fromEntries([...honest, ...hostile]));
    expect(printRanges(pool.pool.usable)).toBe('15000-15009');
    expect(printOverlaps(pool)).toContain('node "h2" may take 15002-15009, 7 more nodes take others');
  });
});

describe('a pool of scope Node', () => {
  const spec: PortPoolManifest['spec'] = { ranges: ['15990-16009'], scope: 'Node' };

  test('has on each node what the kernel there leaves', () => {
    const pool = understand(spec, { n1: '15000-15999', n2: 'usual', n3: '16000-17000', n4: '15000-15999' });
    const on = (node: string): string => printRanges(poolOn(pool, node).usable);
    expect(['n1', 'n2', 'n3', 'n4', 'n5'].map(on)).toEqual([
      '16000-16009',
      '15990-16009',
      '15990-15999',
      '16000-16009',
      '15990-16009',
    ]);
    expect(printRanges(pool.somewhere)).toBe('15990-16009');
    expect(poolOn(pool, 'n1')).toBe(poolOn(pool, 'n4'));
    expect(printRanges(pool.leftOut.EphemeralOverlap)).toBe('15990-16009');
  });

  test('goes on as long as one node has some of it', () => {
    expect(understand({ ...spec, ranges: ['40000-40009'] }, { n1: '50000-60000', n2: 'usual' }).fault).toBeUndefined();
    expect(understand({ ...spec, ranges: ['40000-40009'] }, { n1: '30000-60000', n2: 'usual' }).fault).toMatchObject({
      reason: 'EphemeralOverlap',
    });
  });
});

test('of many nodes that are alike some are named', () => {
  const nodes = Array.from({ length: 12 }, (_, at) => `n${at}`);
  expect(
    printKernels([
      { nodes: new Set(['usual']), numbers: [EPHEMERAL] },
      { nodes: new Set(nodes), numbers: ranges('15000-16000') },
    ]),
  ).toBe('the kernel takes 32768-60999, that of nodes "n0", "n1", "n10" and 9 more takes 15000-16000');
});

describe('the kernels of a cluster', () => {
  /** Nodes and their reports, which tests change. */
  function cluster(...names: string[]) {
    const reports = new Map<string, NodeReportSpec>();
    const listeners: { report?: (of: BelievedReport) => void; nodes?: (change: CacheChange<Node>) => void } = {};
    const nodeOf = (name: string): Node => ({ ...storedReport(name), kind: 'Node', spec: {} });
    const known = new EphemeralRanges({
      reports: { of: (node) => reports.get(node), subscribe: (listener) => ((listeners.report = listener), nothing) },
      nodes: { subscribe: (listener) => ((listeners.nodes = listener), nothing) },
    });
    for (const name of names) listeners.nodes?.({ type: 'applied', object: nodeOf(name) });
    known.begin();
    const changes: string[] = [];
    known.subscribe((node) => {
      const present = [...known.numbers.kernels].map((kernel) => {
        const numbers = kernel === known.numbers.usual ? 'usual' : printRanges(kernel.numbers);
        return `${[...kernel.nodes].join('+')} ${numbers}`;
      });
      changes.push(`${node ?? 'all'}: ${present.join('; ')}`);
    });
    const report = (node: string, spec: Partial<NodeReportSpec> | undefined): void => {
      if (spec === undefined) reports.delete(node);
      else reports.set(node, storedReport(node, spec).spec);
      listeners.report?.({ node, report: reports.get(node) });
    };
    const add = (name: string): void => {
      listeners.nodes?.({ type: 'applied', object: nodeOf(name) });
    };
    const remove = (name: string): void => {
      listeners.nodes?.({ type: 'deleted', object: nodeOf(name) });
    };
    return { known, changes, report, add, remove };
  }

  test('are as their agents say, as long as these are believed', () => {
    const { changes, report } = cluster('n1', 'n2');
    report('n1', { ephemeral: '32768-60999' });
    report('n1', { ephemeral: '15000-16000' });
    report('n1', { ephemeral: '15000-16000' });
    report('n2', { ephemeral: '15000-16000', reserved: ['15100-15199', '20000'] });
    report('n1', undefined);
    expect(changes).toEqual([
      'n1: n2 usual; n1 15000-16000',
      'all: n1 15000-16000; n2 15000-15099, 15200-16000',
      'n1: n1 usual; n2 15000-15099, 15200-16000',
    ]);
  });

  test('are those of the nodes that are there', () => {
    const { changes, report, add, remove } = cluster('n1');
    report('gone', { ephemeral: '1024-2048' });
    report('n1', { ephemeral: '15000-16000' });
    add('n2');
    add('n2');
    add('n3');
    remove('n1');
    expect(changes).toEqual([
      'all: n1 15000-16000',
      'all: n2 usual; n1 15000-16000',
      'all: n2+n3 usual; n1 15000-16000',
      'all: n2+n3 usual',
    ]);
  });

  test('change what pools hand out, and leave the pools alone that they have nothing to do with', () => {
    const { known, report } = cluster('n1');
    const stored: readonly PortPool[] = [
      storedPool('low', { ranges: ['15000-15009'], scope: 'Node' }),
      storedPool('high', { ranges: ['25000-25009'] }),
    ];
    const cache = { list: () => stored, subscribe: () => nothing } as unknown as ResourceCache<PortPool>;
    const pools = new Pools(cache, known);
    let notified = 0;
    pools.subscribe(() => notified++);
    const before = pools.find('high')?.pool;
    report('n1', { ephemeral: '15005-16000' });
    const low = pools.find('low');
    expect(low && printRanges(poolOn(low, 'n1').usable)).toBe('15000-15004');
    expect(pools.find('high')?.pool).toBe(before);
    report('n1', { ephemeral: '15005-16000', sockets: 7 });
    expect(notified).toBe(1);
    const same = pools.find('low');
    expect(same && low && poolOn(same, 'n1')).toBe(low && poolOn(low, 'n1'));
  });
});

describe('what many kernels take', () => {
  const TOP = 40;
  /** The numbers that the test looks at: all that some kernel of the test may use, and two of the default range. */
  const places = [...Array.from({ length: TOP + 14 }, (_, at) => at + 1), 32_768, 60_999];
  const kernel = fc.array(fc.tuple(fc.integer({ min: 1, max: TOP }), fc.integer({ min: 0, max: 12 })), {
    maxLength: 3,
  });
  const step = fc.record({ node: fc.integer({ min: 0, max: 6 }), takes: fc.option(kernel, { nil: undefined }) });

  test('is what more than half take, until no more than a third do', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const census = new EphemeralCensus();
        census.begin();
        const model = new Map<string, readonly PortRange[]>();
        let common = places.filter((number) => rangesInclude([EPHEMERAL], number));
        for (const { node, takes } of steps) {
          const name = `n${node}`;
          const taken = mergeRanges((takes ?? []).map(([first, more]) => ({ first, last: first + more })));
          if (takes === undefined) census.delete(name);
          else census.set(name, taken);
          if (takes === undefined) model.delete(name);
          else model.set(name, taken);
          const share = (number: number): number =>
            [...model.values()].filter((each) => rangesInclude(each, number)).length / model.size;
          common = places.filter((number) =>
            model.size === 0
              ? rangesInclude([EPHEMERAL], number)
              : share(number) > 1 / 2 || (common.includes(number) && share(number) > 1 / 3),
          );
          expect(places.filter((number) => rangesInclude(census.common, number))).toEqual(common);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('is the same in whatever order nodes are read at first', () => {
    const said = { n1: '1-65535', n2: 'usual', n3: 'usual' };
    for (const order of [said, Object.fromEntries(Object.entries(said).toReversed())]) {
      expect(kernels(order).common).toEqual([EPHEMERAL]);
    }
  });

  test('is moved by no single node of three or more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), kernel, (honest, takes) => {
        const census = new EphemeralCensus();
        census.begin();
        for (let at = 0; at < honest; at++) census.set(`n${at}`);
        census.set('hostile', mergeRanges(takes.map(([first, more]) => ({ first, last: first + more }))));
        expect(census.common).toEqual([EPHEMERAL]);
      }),
    );
  });

  test('costs little to know of 5,000 nodes, one of which tells another story each time', () => {
    const census = new EphemeralCensus();
    for (let at = 0; at < 5_000; at++) census.set(`n${at}`);
    const began = performance.now();
    const rounds = 200;
    for (let at = 0; at < rounds; at++) census.set('n7', [{ first: 1 + at, last: 65_535 }]);
    // The bound is wide enough for a busy machine.
    expect((performance.now() - began) / rounds).toBeLessThan(5);
  });
});
