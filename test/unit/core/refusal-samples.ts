import { holder, refuse } from '../../../src/core/index.ts';
import type { Refusal } from '../../../src/core/index.ts';
import { allocation, claim, seen } from './make.ts';

const wanted = { number: 27015, port: 'rcon' };
const node = holder({ group: '', kind: 'Node', namespace: '', name: 'n7', uid: 'n7-1' });
const match7 = { holder: allocation('match-7'), port: 'game' };

/** One refusal from every maker of the catalogue; `docs/errors.md` shows its messages as examples. */
export const samples: Readonly<Record<keyof typeof refuse, Refusal>> = {
  invalid: refuse.invalid('there is no node "n7": set spec.nodeName to a node that "kubectl get nodes" shows'),
  ledgerUnavailable: refuse.ledgerUnavailable('connect ECONNREFUSED 10.96.0.1:443'),
  namespaceNotAllowed: refuse.namespaceNotAllowed('arena', 'media', '{"matchLabels":{"media":"true"}}'),
  namespaceNotLabelled: refuse.namespaceNotLabelled('arena', 'nodes', 'hostport.io/node-ports=enabled'),
  noDefaultPool: refuse.noDefaultPool(['from-30558', 'media']),
  poolNotFound: refuse.poolNotFound('medai', ['default', 'media']),
  poolNotReady: refuse.poolNotReady(
    'media',
    'it overlaps pool "nodes", which has scope Node: change spec.ranges of one of them',
  ),
  baseOutsidePools: refuse.baseOutsidePools(100, '"default" (20000-29999)'),
  nameTaken: refuse.nameTaken('web-0'),
  inUse: refuse.inUse('voice', 'rtp', 'relay-0'),
  baseOutsidePool: refuse.baseOutsidePool(100, 'media', '20000-20099', ['legacy']),
  notAllocated: refuse.notAllocated('voice', 'PoolNotReady', 'pool "media" hands nothing out: it is being deleted'),
  noAllocation: refuse.noAllocation('voice', 'arena'),
  allocationGoing: refuse.allocationGoing('voice'),
  lentOnNode: refuse.lentOnNode('voice', 'n1'),
  lent: refuse.lent('voice', 'relay-0'),
  exhausted: refuse.exhausted({ pool: 'media', port: 'rtp', protocols: 'UDP', count: 8, free: 23 }),
  countBeyondPool: refuse.countBeyondPool({ pool: 'media', port: 'rtp', count: 600, longest: 500 }),
  tooMany: refuse.tooMany(10_240, 10_000),
  outsidePool: refuse.outsidePool(27015, 'default', '20000-27014, 27018-29999', ['legacy']),
  held: refuse.held(wanted, claim(27015, match7)),
  crowded: refuse.crowded(wanted, 16),
  heldBySelf: refuse.heldBySelf(wanted, 'game'),
  quotaExceeded: refuse.quotaExceeded({ namespace: 'arena', pool: 'default', limit: 200, used: 199, wanted: 3 }),
  beyondQuota: refuse.beyondQuota([20000, 20001], 'arena', 'default'),
  tooManyUnconfirmed: refuse.tooManyUnconfirmed({ namespace: 'arena', pool: 'media', limit: 64, unconfirmed: 65 }),
};

/** `PortHeld` in its other words. */
export const heldOtherwise: readonly Refusal[] = [
  refuse.held(wanted, claim(27015, { ...match7, state: 'cooling' })),
  refuse.held(wanted, claim(27015, { ...match7, state: 'unreadable', text: 'scribble' })),
  refuse.held(wanted, seen(27015)),
  refuse.held(wanted, seen(27015, { holder: node })),
];
