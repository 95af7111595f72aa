import { countHeldFor, countUsage, understandPools } from '../../src/allocation/index.ts';
import type { KnownPool } from '../../src/allocation/index.ts';
import { API_VERSION, parsePortPool } from '../../src/api/index.ts';
import { invariant } from '../../src/base/result.ts';
import type { ConfigMap } from '../../src/kube/index.ts';
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
      const [ledger, pool] = [ledgerOf(blocksOfMany()), poolOf('Node')];
      return { act: () => countUsage(ledger, pool, NODES, signal) };
    },
  },
  { what: '150,000 held: how many for a pool', prepare: (): Deed => count((ledger) => countHeldFor(ledger, 'games')) },
  { what: '150,000 held: how many nobody can read', prepare: (): Deed => count((ledger) => ledger.countUnreadable()) },
];

function countAnew(scope: 'Cluster' | 'Node', nodes: readonly string[]): Deed {
  const blocks: readonly ConfigMap[] = [...blocksOfMany()];
  const pool = poolOf(scope);
  let ledger = ledgerOf();
  return {
    reset: () => void (ledger = ledgerOf(blocks)),
    act: async () => {
      const { allocated } = await countUsage(ledger, pool, nodes, signal);
      invariant(
        allocated === (scope === 'Cluster' ? ON_CLUSTER : NODES.length * ON_NODE),
        'all that is held is counted',
      );
    },
  };
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
