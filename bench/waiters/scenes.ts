import type { Ask } from '../../src/allocation/index.ts';
import { API_VERSION, parsePortPool } from '../../src/api/index.ts';
import type { PortPool } from '../../src/api/index.ts';
import { TCP, holder } from '../../src/core/index.ts';
import type { Claim, Holder } from '../../src/core/index.ts';
import type { ConfigMap } from '../../src/kube/index.ts';
import { CLUSTER } from '../../src/ledger/index.ts';
import type { DomainKey } from '../../src/ledger/index.ts';
import { FIRST, blocksOf } from '../hostile/held.ts';
import type { Leaver, Scene } from './crowd.ts';

/** How many numbers are held, and how many wait. */
export const HELD = 30_000;
export const WAITING = 1_000;
/** Numbers that each namespace or node has, where each has as many as any other. */
const EACH = HELD / WAITING;
const NODES = Array.from({ length: WAITING }, (_, at) => `node-${at}`);

/** What 1,000 may wait for while 30,000 numbers are held. */
export const scenes: readonly Scene[] = [
  {
    what: 'room in one pool, which is full',
    pool: poolOf({ ranges: [`${FIRST}-${FIRST + HELD - 1}`] }),
    blocks: () => blocksOf(CLUSTER, HELD, residentOn),
    asks: everybody(() => ({})),
    leaver: (round: number): Leaver => ({ holder: residentOn(CLUSTER, FIRST + 29 * round).holder, domain: CLUSTER }),
  },
  {
    what: 'a number each',
    pool: poolOf({ ranges: [`${FIRST}-${FIRST + HELD - 1}`] }),
    blocks: () => blocksOf(CLUSTER, HELD, residentOn),
    asks: everybody((at) => ({ number: FIRST + at * EACH })),
    leaver: (round: number): Leaver => ({
      holder: residentOn(CLUSTER, FIRST + (500 + round) * EACH).holder,
      domain: CLUSTER,
    }),
  },
  {
    what: 'the quota of a namespace each',
    pool: poolOf({ ranges: [`${FIRST}-59999`], maxPortsPerNamespace: EACH }),
    blocks: () => blocksOf(CLUSTER, HELD, residentOn),
    asks: everybody((at) => ({ namespace: `team-${at}` })),
    leaver: (round: number): Leaver => ({
      holder: residentOn(CLUSTER, FIRST + (500 + round) * EACH).holder,
      domain: CLUSTER,
    }),
  },
  {
    what: 'room on a node each',
    pool: poolOf({ scope: 'Node', ranges: [`${FIRST}-${FIRST + EACH - 1}`] }),
    blocks: function* (): Generator<ConfigMap> {
      for (const node of NODES) yield* blocksOf(node, EACH, residentOn);
    },
    asks: everybody((at) => ({ nodeName: NODES[at] })),
    leaver: (round: number): Leaver => {
      const domain = NODES[500 + round] ?? '';
      return { holder: residentOn(domain, FIRST).holder, domain };
    },
  },
];

/** Each number has a holder of its own; a namespace has {@link EACH} in a row. */
function residentOn(domain: DomainKey, number: number): Claim {
  const use = { protocols: TCP, address: '', pool: 'games', port: 'p', state: 'held', time: 1_700_000_000 } as const;
  const namespace = `team-${Math.floor((number - FIRST) / EACH)}`;
  return { number, ...use, holder: someone(namespace, `resident-${domain}-${number}`) };
}

function someone(namespace: string, name: string): Holder {
  return holder({ group: 'hostport.io', kind: 'PortAllocation', namespace, name, uid: `uid-of-${name}` });
}

interface Wish {
  readonly namespace?: string;
  readonly number?: number;
  readonly nodeName?: string | undefined;
}

function everybody(wish: (at: number) => Wish): readonly Ask[] {
  return Array.from({ length: WAITING }, (_, at): Ask => {
    const { namespace = 'queue', number, nodeName } = wish(at);
    const port = { name: 'p', protocols: TCP, address: '', count: 1, ...(number === undefined ? {} : { number }) };
    const where = nodeName === undefined ? {} : { nodeName };
    return { holder: someone(namespace, `waiter-${at}`), poolName: 'games', ports: [port], ...where };
  });
}

function poolOf(spec: object): PortPool {
  const metadata = {
    name: 'games',
    uid: 'u',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  const rules = { allowEphemeralOverlap: true, allowNodePortOverlap: true, cooldown: '0s', strategy: 'Sequential' };
  const parsed = parsePortPool({ apiVersion: API_VERSION, kind: 'PortPool', metadata, spec: { ...rules, ...spec } });
  if (!parsed.ok) throw new Error(parsed.error.join('; '));
  return parsed.value;
}
