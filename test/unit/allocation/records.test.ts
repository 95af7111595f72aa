import { describe, expect, test } from '@jest/globals';
import { PortAllocations } from '../../../src/api/index.ts';
import type { PortAllocation } from '../../../src/api/index.ts';
import {
  CLUSTER,
  ordinalHolder,
  podHolder,
  recordFor,
  sayTheSame,
  subjectOfRecord,
} from '../../../src/allocation/index.ts';
import type { RecordSubject } from '../../../src/allocation/index.ts';
import { ANY_ADDRESS, NO_POOL, TCP, UDP } from '../../../src/core/index.ts';
import type { Claim } from '../../../src/core/index.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', name: 'match-7', uid: 'uid-7' };
const ofPod: RecordSubject = {
  object: pod,
  holder: podHolder({ namespace: 'arena', name: 'match-7', uid: 'uid-7' }),
  domain: CLUSTER,
};
const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'match', uid: 'uid-set' };
const ofOrdinal: RecordSubject = { object: set, holder: ordinalHolder('arena', set, 7), domain: 'node-1' };

function claims({ holder }: RecordSubject, more: Partial<Claim> = {}): readonly Claim[] {
  const held = { pool: 'default', holder, state: 'held', time: 1, address: ANY_ADDRESS, ...more } as const;
  return [
    { ...held, number: 20_041, protocols: UDP, port: 'rtp' },
    { ...held, number: 20_040, protocols: UDP, port: 'rtp' },
    { ...held, number: 20_001, protocols: TCP, port: 'game' },
  ];
}

/** The draft as the API server returns it. */
function stored(draft: ReturnType<typeof recordFor>): PortAllocation {
  const metadata = {
    uid: 'uid-record',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-01-02T03:04:05Z',
  };
  return PortAllocations.schema.parse({ ...draft, metadata: { ...draft.metadata, ...metadata } });
}

describe('a record', () => {
  test('says in its spec all that there is to say, and has no status', () => {
    const { apiVersion, kind, metadata, ...said } = recordFor(ofPod, claims(ofPod));
    expect([apiVersion, kind, metadata.namespace, metadata.name]).toEqual([
      'hostport.io/v1alpha1',
      'PortAllocation',
      'arena',
      'pod-match-7',
    ]);
    expect(said).toEqual({
      spec: {
        recordOf: pod,
        poolName: 'default',
        ports: [
          { name: 'game', protocol: 'TCP', port: 20_001, count: 1 },
          { name: 'rtp', protocol: 'UDP', port: 20_040, count: 2 },
        ],
        summary: 'game=20001/TCP rtp=20040-20041/UDP',
        holder: { ...pod, namespace: 'arena' },
        allocated: 'True',
        reason: 'Allocated',
      },
    });
  });

  test('is collected with its object, keeps no deletion waiting, and stays out of backups', () => {
    const { metadata } = recordFor(ofOrdinal, claims(ofOrdinal));
    expect(metadata.ownerReferences).toEqual([{ ...set, controller: false, blockOwnerDeletion: false }]);
    expect(metadata.finalizers).toBeUndefined();
    expect(metadata.labels).toEqual({
      'hostport.io/record': 'true',
      'hostport.io/ordinal': '7',
      'velero.io/exclude-from-backup': 'true',
    });
  });

  test.each([
    ['a pod', ofPod],
    ['an ordinal on a node', ofOrdinal],
  ])('of %s names whom it is of', (_, subject) => {
    expect(subjectOfRecord(stored(recordFor(subject, claims(subject))))).toEqual(subject);
  });

  test('of numbers of no pool names none', () => {
    expect(recordFor(ofPod, claims(ofPod, { pool: NO_POOL })).spec).not.toHaveProperty('poolName');
  });
});

describe('two records say', () => {
  const draft = recordFor(ofPod, claims(ofPod));
  const there = stored(draft);
  const changed = (spec: Partial<PortAllocation['spec']>): PortAllocation => ({
    ...there,
    spec: { ...there.spec, ...spec },
  });

  test('the same when one is the other as it was stored', () => {
    expect(sayTheSame(there, draft)).toBe(true);
  });

  test.each<readonly [string, PortAllocation]>([
    ['another pool', changed({ poolName: 'other' })],
    ['another node', changed({ nodeName: 'node-2' })],
    ['another summary', changed({ summary: 'game=1/TCP' })],
    ['another state', changed({ allocated: 'False' })],
    ['another reason', changed({ reason: 'Disputed' })],
    ['another object', changed({ recordOf: { ...pod, uid: 'other' } })],
    ['another holder', changed({ holder: { ...pod, name: 'other' } })],
    ['other numbers', changed({ ports: there.spec.ports.map((port) => ({ ...port, port: 1 })) })],
    ['another address', changed({ ports: there.spec.ports.map((port) => ({ ...port, hostIP: '10.0.0.5' })) })],
  ])('not the same when one names %s', (_, other) => {
    expect(sayTheSame(other, draft)).toBe(false);
  });

  test('not the same when one is of an earlier version', () => {
    const { recordOf, poolName, ports } = there.spec;
    const spec = { ...(recordOf && { recordOf }), ...(poolName !== undefined && { poolName }), ports };
    expect(sayTheSame({ spec }, draft)).toBe(false);
  });
});
