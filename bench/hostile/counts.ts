import { UsageBook } from '../../src/allocation/index.ts';
import { understandPools } from '../../src/allocation/pool-rules.ts';
import type { KnownPool } from '../../src/allocation/index.ts';
import { API_VERSION, parsePortPool } from '../../src/api/index.ts';
import { invariant } from '../../src/base/result.ts';
import type { ConfigMap, Node } from '../../src/kube/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import type { Attack, Deed } from './attack.ts';
import { FIRST, NODES, ON_CLUSTER, ON_NODE, blocksOfMany, ledgerOf } from './held.ts';

const { signal } = new AbortController();

/** Counts over 150,000 numbers that are held. */
export const counts: readonly Attack[] = [
  {
    what: '150,000 held: the usage of a pool of the whole cluster, for the first time',
    prepare: (): Deed => countAnew('Cluster', []),
  },
  {
    what: '150,000 held: the usage of a pool of nodes, for the first time',
    prepare: (): Deed => countAnew('Node', NODES),
  },
  {
    what: '150,000 held: the usage of a pool of nodes, again',
    prepare: (): Deed => {
      const [book, pool] = [bookOf(ledgerOf(blocksOfMany()), NODES), poolOf('Node')];
      return { act: () => book.of(pool, signal) };
    },
  },
  { what: '150,000 held: how many for a pool', prepare: (): Deed => count((ledger) => ledger.held.of('games')) },
  { what: '150,000 held: how many nobody can read', prepare: (): Deed => count((ledger) => ledger.countUnreadable()) },
];

function countAnew(scope: 'Cluster' | 'Node', nodes: readonly string[]): Deed {
  const blocks: readonly ConfigMap[] = [...blocksOfMany()];
  const pool = poolOf(scope);
  let ledger = ledgerOf();
  return {
    reset: () => void (ledger = ledgerOf(blocks)),
    act: async () => {
      const { allocated } = await bookOf(ledger, nodes).of(pool, signal);
      invariant(
        allocated === (scope === 'Cluster' ? ON_CLUSTER : NODES.length * ON_NODE),
        'all that is held is counted',
      );
    },
  };
}

/** What is counted over `names`, which stay what they are. */
function bookOf(ledger: Ledger, names: readonly string[]): UsageBook {
  const nodes = new Map(names.map((name) => [name, { metadata: { name } } as Node]));
  const never = (): Disposable => ({ [Symbol.dispose]: () => undefined });
  return new UsageBook({
    ledger,
    pools: { subscribe: never },
    nodes: { list: () => [...nodes.values()], get: (_, name) => nodes.get(name), subscribe: never },
  });
}

function count(how: (ledger: Ledger) => number): Deed {
  const ledger = ledgerOf(blocksOfMany());
  return { act: () => void how(ledger) };
}

function poolOf(scope: 'Cluster' | 'Node'): KnownPool {
  const parsed = parsePortPool({
    apiVersion: API_VERSION,
    kind: 'PortPool',
    metadata: {
      name: 'games',
      uid: 'u',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: { scope, ranges: [`${FIRST}-65535`], allowEphemeralOverlap: true, allowNodePortOverlap: true },
  });
  if (!parsed.ok) throw new Error(parsed.error.join('; '));
  const [known] = understandPools([parsed.value]);
  invariant(known !== undefined, 'a pool is understood as one');
  return known;
}
