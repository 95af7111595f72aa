import { describe, expect, test } from '@jest/globals';
import { decide } from '../../../src/controllers/pod/decide.ts';
import type { Decision, Situation } from '../../../src/controllers/pod/decide.ts';
import { podHolder } from '../../../src/allocation/index.ts';
import type { Claim } from '../../../src/core/index.ts';
import { claim } from '../core/make.ts';

const TOKEN = '0011223344556677-0123456789ab';
const nothing: Decision = { confirm: undefined, release: [], ask: [] };

function of(uid: string, state: Claim['state'] = 'held'): Claim {
  return claim(20_000, { holder: podHolder({ namespace: 'arena', name: 'web-0', uid }), state });
}

function pod(change: Partial<NonNullable<Situation['pod']>> = {}): NonNullable<Situation['pod']> {
  return { uid: 'new', token: TOKEN, isRunning: true, ...change };
}

const cases: readonly [string, Partial<Situation>, Partial<Decision>][] = [
  [
    'a pod that is seen has its reservation confirmed',
    { pod: pod(), claims: [of(TOKEN, 'reserved')] },
    { confirm: TOKEN },
  ],
  ['one that was confirmed needs nothing', { pod: pod(), claims: [of('new')] }, {}],
  ['what is reserved under another token is not its', { pod: pod(), claims: [of('other', 'reserved')] }, {}],
  [
    'a later pod of the name proves that the earlier is gone',
    { pod: pod(), claims: [of('old')] },
    { release: ['old'] },
  ],
  [
    'a pod that has ended gives its numbers back',
    { pod: pod({ isRunning: false }), claims: [of('new')] },
    { release: ['new'] },
  ],
  [
    'also those that were never confirmed',
    { pod: pod({ isRunning: false }), claims: [of(TOKEN, 'reserved')] },
    { release: [TOKEN] },
  ],
  ['that no pod is seen proves nothing', { claims: [of('old')] }, { ask: ['old'] }],
  ['a reservation without its pod is left to its time', { claims: [of(TOKEN, 'reserved')] }, {}],
  ['a deletion that was seen does prove it', { claims: [of('old')], deleted: new Set(['old']) }, { release: ['old'] }],
  [
    'for a reservation as well',
    { claims: [of(TOKEN, 'reserved')], deleted: new Set(['old', TOKEN]) },
    { release: [TOKEN] },
  ],
  [
    'a pod without any token is nobody of ours',
    { pod: pod({ token: undefined }), claims: [of(TOKEN, 'reserved')] },
    {},
  ],
];

describe('the numbers under a name', () => {
  test.each(cases)('%s', (_, situation, expected) => {
    expect(decide({ claims: [], deleted: new Set(), ...situation })).toEqual({ ...nothing, ...expected });
  });
});
