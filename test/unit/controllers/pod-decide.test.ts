import { describe, expect, test } from '@jest/globals';
import { decide } from '../../../src/controllers/pod/decide.ts';
import type { Decision, Situation } from '../../../src/controllers/pod/decide.ts';
import { CLUSTER, podHolder } from '../../../src/allocation/index.ts';
import type { Claim } from '../../../src/core/index.ts';
import { claim } from '../core/make.ts';

const TOKEN = '0011223344556677-0123456789ab';
const nothing: Decision = { confirm: [], release: [], ask: [] };

function of(uid: string, state: Claim['state'] = 'held'): Claim {
  return claim(20_000, { holder: podHolder({ namespace: 'arena', name: 'web-0', uid }), state });
}

function pod(change: Partial<NonNullable<Situation['pod']>> = {}): NonNullable<Situation['pod']> {
  return { uid: 'new', token: TOKEN, isRunning: true, nodeName: undefined, ...change };
}

/** The same for every domain: by its name first. */
const judge = (situation: Partial<Situation>): Decision =>
  decide({ claims: new Map(), deleted: new Set(), ...situation });

describe('the numbers under a name, in the whole cluster', () => {
  const here = (uid: string) => [{ uid, key: CLUSTER }];
  const used = (uid: string) => [{ uid, key: CLUSTER, wasThere: true }];
  const cases: readonly [string, Omit<Partial<Situation>, 'claims'>, Claim, Partial<Decision>][] = [
    [
      'a pod that is seen has its reservation confirmed',
      { pod: pod() },
      of(TOKEN, 'reserved'),
      { confirm: [{ token: TOKEN, uid: 'new', key: CLUSTER }] },
    ],
    ['one that was confirmed needs nothing', { pod: pod() }, of('new'), {}],
    ['what is reserved under another token is not its', { pod: pod() }, of('other', 'reserved'), {}],
    ['another pod of the name may be the earlier, still seen', { pod: pod() }, of('later'), { ask: here('later') }],
    ['also if it has ended', { pod: pod({ isRunning: false }) }, of('later'), { ask: here('later') }],
    [
      'the numbers of an earlier one that was seen to go come back',
      { pod: pod(), deleted: new Set(['old']) },
      of('old'),
      { release: used('old') },
    ],
    [
      'a pod that has ended gives its numbers back',
      { pod: pod({ isRunning: false }) },
      of('new'),
      { release: used('new') },
    ],
    [
      'also those that were never confirmed',
      { pod: pod({ isRunning: false }) },
      of(TOKEN, 'reserved'),
      { release: used(TOKEN) },
    ],
    ['that no pod is seen proves nothing', {}, of('old'), { ask: here('old') }],
    ['a reservation without its pod is left to its time', {}, of(TOKEN, 'reserved'), {}],
    ['a deletion that was seen does prove it', { deleted: new Set(['old']) }, of('old'), { release: used('old') }],
    [
      'for a reservation as well',
      { deleted: new Set(['old', TOKEN]) },
      of(TOKEN, 'reserved'),
      { release: used(TOKEN) },
    ],
    [
      'also where the next pod of the name is there',
      { pod: pod({ token: 'next' }), deleted: new Set(['old', TOKEN]) },
      of(TOKEN, 'reserved'),
      { release: used(TOKEN) },
    ],
    ['a pod without any token is nobody of ours', { pod: pod({ token: undefined }) }, of(TOKEN, 'reserved'), {}],
    ['the node that it is on does not matter', { pod: pod({ nodeName: 'n1' }) }, of('new'), {}],
  ];
  test.each(cases)('%s', (_, situation, own, expected) => {
    expect(judge({ ...situation, claims: new Map([[CLUSTER, [own]]]) })).toEqual({ ...nothing, ...expected });
  });
});

describe('the numbers under a name, by node', () => {
  const confirmed = { token: 'new', uid: 'new', key: 'n1' };
  const cases: readonly [string, NonNullable<Situation['pod']>, readonly [string, Claim][], Partial<Decision>][] = [
    [
      'what was reserved for its Binding is confirmed on the node that it came to',
      pod({ nodeName: 'n1' }),
      [['n1', of('new', 'reserved')]],
      { confirm: [confirmed] },
    ],
    ['a pod that waits for its node confirms nothing', pod(), [['n1', of('new', 'reserved')]], {}],
    [
      'what a Binding that failed left on another node comes back',
      pod({ nodeName: 'n1' }),
      [
        ['n1', of('new', 'reserved')],
        ['n2', of('new', 'reserved')],
      ],
      { confirm: [confirmed], release: [{ uid: 'new', key: 'n2', wasThere: false }] },
    ],
    [
      'a pod that has ended gives back what it had anywhere',
      pod({ nodeName: 'n1', isRunning: false }),
      [
        ['n1', of('new')],
        ['n2', of('new', 'reserved')],
      ],
      {
        release: [
          { uid: 'new', key: 'n1', wasThere: true },
          { uid: 'new', key: 'n2', wasThere: false },
        ],
      },
    ],
    [
      'another pod of the name is asked after, on whichever node',
      pod(),
      [['n2', of('old')]],
      { ask: [{ uid: 'old', key: 'n2' }] },
    ],
    [
      'a pod that was made for its node had it reserved under its token',
      pod({ nodeName: 'n1' }),
      [['n1', of(TOKEN, 'reserved')]],
      { confirm: [{ ...confirmed, token: TOKEN }] },
    ],
  ];
  test.each(cases)('%s', (_, seen, claims, expected) => {
    const byNode = Map.groupBy(claims, ([node]) => node);
    const grouped = new Map([...byNode].map(([node, group]) => [node, group.map(([, own]) => own)] as const));
    expect(judge({ pod: seen, claims: grouped })).toEqual({ ...nothing, ...expected });
  });
});
