import { expect, test } from '@jest/globals';
import { ordinalHolder, podHolder } from '../../../src/allocation/index.ts';
import { encodeCell } from '../../../src/core/index.ts';
import type { Claim } from '../../../src/core/index.ts';
import type { KubeObject } from '../../../src/kube/index.ts';
import { judge } from '../../support/hostport/judge.ts';
import { claim } from '../core/make.ts';

/** What happens to number 20000 of the cluster, in this order. */
type Step = readonly [change: 'applied' | 'deleted', object: object];

const PORTS = [{ containerPort: 20_000, hostPort: 20_000 }];

function ledger(...claims: readonly Claim[]): Step {
  const data = Object.fromEntries([['20000', encodeCell(claims) ?? '']]);
  return ['applied', { kind: 'ConfigMap', metadata: { namespace: 'system', name: 'hostport-cluster-19968' }, data }];
}

function of(name: string, uid: string, state: Claim['state']): Claim {
  return claim(20_000, { holder: podHolder({ namespace: 'arena', name, uid }), state, port: '20000' });
}

const reserved = (name: string): Claim => of(name, `token-of-${name}`, 'reserved');
const held = (name: string): Claim => of(name, `uid-of-${name}`, 'held');

function pod(name: string, more: { readonly metadata?: object; readonly status?: object } = {}): Step {
  const annotations = { 'hostport.io/reservation': `token-of-${name}` };
  const metadata = { namespace: 'arena', name, uid: `uid-of-${name}`, annotations, ...more.metadata };
  const spec = { nodeName: 'n1', containers: [{ name: 'main', ports: PORTS }] };
  return ['applied', { kind: 'Pod', metadata, spec, status: more.status }];
}

function deleted([, object]: Step): Step {
  return ['deleted', object];
}

function ordinal(name: string, which: number): Claim {
  const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid: 'set' };
  return claim(20_000, { holder: ordinalHolder('arena', set, which), state: 'held', port: '20000' });
}

const sticky = {
  metadata: { annotations: { 'hostport.io/reservation': 'token', 'hostport.io/sticky': 'true' } },
};
const terminating = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } };
const ended = { containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 0 } } }] };
const free = ledger();

test.each<readonly [string, readonly Step[], readonly string[]]>([
  [
    'one after the other',
    [
      ...[ledger(reserved('a')), pod('a'), ledger(held('a')), deleted(pod('a')), free],
      ...[ledger(reserved('b')), pod('b'), ledger(held('b'))],
    ],
    [],
  ],
  ['it is reserved anew for its name', [ledger(reserved('a')), ledger(of('a', 'later', 'reserved')), pod('a')], []],
  [
    'it is another pod’s of its name',
    [ledger(of('a', 'later', 'held')), pod('a')],
    ['two holders', "isn't in the ledger"],
  ],
  ['it is its ordinal’s, and its set is gone', [ledger(ordinal('web', 0)), pod('web-0', sticky)], []],
  [
    'it is another ordinal’s',
    [ledger(ordinal('web', 1)), pod('web-0', sticky)],
    ['two holders', "isn't in the ledger"],
  ],
  [
    'it has it at one address alone',
    [ledger({ ...held('a'), address: '10.0.0.1' }), pod('a')],
    ["20000 isn't in the ledger for Pod arena/a"],
  ],
  ['nobody reserved it', [pod('a')], ["20000 isn't in the ledger for Pod arena/a"]],
  ['it is somebody else’s', [ledger(held('b')), pod('a')], ['two holders', "isn't in the ledger for Pod arena/a"]],
  ['it is freed early', [ledger(held('a')), pod('a'), free], ["20000 isn't in the ledger for Pod arena/a"]],
  ['it is freed while its pod terminates', [ledger(held('a')), pod('a', terminating), free], ["isn't in the ledger"]],
  ['its pod has ended', [ledger(held('a')), pod('a', { ...terminating, status: ended }), free], []],
  ['its pod has finished', [ledger(held('a')), pod('a', { status: { phase: 'Succeeded' } }), free], []],
  [
    'two pods declare it',
    [ledger(held('a')), pod('a'), ledger(held('a'), held('b')), pod('b')],
    ['two holders: Pod arena/a', 'two holders: Pod arena/a', 'two holders: Pod arena/a', 'two holders: Pod arena/a'],
  ],
])('what pods declare is judged: %s', (_, steps, expected) => {
  const history = steps.map(([change, object], at) => {
    const revision = String(at + 1);
    return { revision, change, object: object as KubeObject };
  });
  const faults = judge(history);
  expect(faults).toEqual(expected.map((words) => expect.stringContaining(words)));
});
