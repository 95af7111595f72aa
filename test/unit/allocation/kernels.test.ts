import { describe, expect, test } from '@jest/globals';
import { EPHEMERAL, Kernels, Pools, poolOn, printKernels, understandPools } from '../../../src/allocation/index.ts';
import type { EphemeralNumbers, KnownPool, NodeSighting } from '../../../src/allocation/index.ts';
import type { NodeReportSpec, PortPool, PortPoolManifest } from '../../../src/api/index.ts';
import { printRanges } from '../../../src/core/index.ts';
import type { CacheChange, Node, ResourceCache } from '../../../src/kube/index.ts';
import { ranges } from '../core/make.ts';
import { storedPool, storedReport } from './resources.ts';

const nothing: Disposable = { [Symbol.dispose]: () => undefined };

/** What kernels take, by node; `usual` is the default. */
function kernels(byNode: Readonly<Record<string, string>>): EphemeralNumbers {
  const unusual = Object.entries(byNode).filter(([, text]) => text !== 'usual');
  return {
    byNode: new Map(unusual.map(([node, text]) => [node, ranges(text)])),
    hasDefault: unusual.length < Object.keys(byNode).length || Object.keys(byNode).length === 0,
  };
}

function understand(spec: PortPoolManifest['spec'], byNode: Readonly<Record<string, string>>): KnownPool {
  const [pool] = understandPools([storedPool('p', spec)], kernels(byNode));
  if (pool === undefined) throw new Error('the pool is not understood');
  return pool;
}

describe('a pool of scope Cluster', () => {
  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['without a word from any node', {}, '32000-32767'],
    ['where every node takes what is usual', { n1: 'usual' }, '32000-32767'],
    ['where one node takes more', { n1: 'usual', n2: '32500-40000' }, '32000-32499'],
    ['where all nodes take less', { n1: '32900-40000', n2: '33000-40000' }, '32000-32899'],
    ['where one of them takes nothing of it', { n1: '40000-50000' }, '32000-33000'],
    ['where a kernel leaves some alone', { n1: '32500-32599 32700-40000' }, '32000-32499, 32600-32699'],
  ])('%s has the numbers that no kernel takes', (_, byNode, expected) => {
    const pool = understand({ ranges: ['32000-33000'], allowNodePortOverlap: true }, byNode);
    expect(printRanges(pool.pool.usable)).toBe(expected);
    expect(printRanges(poolOn(pool, 'n2').usable)).toBe(expected);
  });

  test('keeps them all where it says so', () => {
    const pool = understand({ ranges: ['15000-15009'], allowEphemeralOverlap: true }, { n1: '15000-16000' });
    expect(printRanges(pool.pool.usable)).toBe('15000-15009');
    expect(pool.kernels).toEqual([]);
  });

  test('hands nothing out where a node takes all of it, and says which', () => {
    const { fault } = understand({ ranges: ['15000-15009'] }, { n1: '15000-16000', n2: 'usual' });
    expect(fault).toMatchObject({
      reason: 'EphemeralOverlap',
      message: expect.stringContaining('the kernel of node "n1" takes 15000-16000 for outgoing connections'),
    });
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
      { nodes: [], numbers: [EPHEMERAL] },
      { nodes, numbers: ranges('15000-16000') },
    ]),
  ).toBe('the kernel takes 32768-60999, that of nodes "n0", "n1", "n2" and 9 more takes 15000-16000');
});

describe('the kernels of a cluster', () => {
  /** Nodes and their agents, as tests move them. */
  function cluster(...names: string[]) {
    const nodes = new Set(names);
    const reports = new Map<string, NodeReportSpec>();
    const listeners: { book?: (of: NodeSighting) => void; nodes?: (change: CacheChange<Node>) => void } = {};
    const nodeOf = (name: string): Node => ({ ...storedReport(name), kind: 'Node', spec: {} });
    const known = new Kernels({
      book: { of: (node) => reports.get(node), subscribe: (listener) => ((listeners.book = listener), nothing) },
      nodes: {
        list: () => [...nodes].map(nodeOf),
        subscribe: (listener) => ((listeners.nodes = listener), nothing),
      },
    });
    const changes: string[] = [];
    known.subscribe(() => {
      const { byNode, hasDefault } = known.numbers;
      const unusual = [...byNode].map(([node, numbers]) => `${node} ${printRanges(numbers)}`);
      changes.push([...(hasDefault ? ['usual'] : []), ...unusual].join('; '));
    });
    const report = (node: string, spec: Partial<NodeReportSpec> | undefined): void => {
      if (spec === undefined) reports.delete(node);
      else reports.set(node, storedReport(node, spec).spec);
      listeners.book?.({ node, report: reports.get(node) });
    };
    const add = (name: string): void => {
      nodes.add(name);
      listeners.nodes?.({ type: 'applied', object: nodeOf(name) });
    };
    const remove = (name: string): void => {
      nodes.delete(name);
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
      'usual; n1 15000-16000',
      'n1 15000-16000; n2 15000-15099, 15200-16000',
      'usual; n2 15000-15099, 15200-16000',
    ]);
  });

  test('are those of the nodes that are there', () => {
    const { changes, report, add, remove } = cluster('n1');
    report('gone', { ephemeral: '1024-2048' });
    report('n1', { ephemeral: '15000-16000' });
    add('n2');
    add('n2');
    remove('n1');
    expect(changes).toEqual(['n1 15000-16000', 'usual; n1 15000-16000', 'usual']);
  });

  test('change what pools hand out, and leave the pools alone that they have nothing to do with', () => {
    const { known, report } = cluster('n1');
    const stored: readonly PortPool[] = [
      storedPool('low', { ranges: ['15000-15009'], scope: 'Node' }),
      storedPool('high', { ranges: ['25000-25009'] }),
    ];
    const cache = { list: () => stored, subscribe: () => nothing } as unknown as ResourceCache<PortPool>;
    const pools = new Pools(cache, known);
    let told = 0;
    pools.subscribe(() => told++);
    const before = pools.find('high')?.pool;
    report('n1', { ephemeral: '15005-16000' });
    const low = pools.find('low');
    expect(low && printRanges(poolOn(low, 'n1').usable)).toBe('15000-15004');
    expect(pools.find('high')?.pool).toBe(before);
    report('n1', { ephemeral: '15005-16000', sockets: 7 });
    expect(told).toBe(1);
    const same = pools.find('low');
    expect(same && low && poolOn(same, 'n1')).toBe(low && poolOn(low, 'n1'));
  });
});
