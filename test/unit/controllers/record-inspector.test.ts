import { beforeEach, describe, expect, test } from '@jest/globals';
import type { PortAllocation } from '../../../src/api/index.ts';
import { CLUSTER, controllerHolder, ordinalHolder, podHolder, recordFor } from '../../../src/allocation/index.ts';
import type { RecordSubject } from '../../../src/allocation/index.ts';
import { RecordInspector, RecordWriter } from '../../../src/controllers/record/index.ts';
import type { RecordInspectorParts, RecordWriterParts } from '../../../src/controllers/record/index.ts';
import { ANY_ADDRESS, TCP } from '../../../src/core/index.ts';
import type { Claim } from '../../../src/core/index.ts';
import { asking, container, pod, port } from '../workload/pods.ts';

const never = new AbortController().signal;

const object = { apiVersion: 'v1', kind: 'Pod', name: 'match-7', uid: 'uid-7' };
const ofPod: RecordSubject = { object, holder: podHolder({ namespace: 'arena', ...object }), domain: CLUSTER };
const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'match', uid: 'uid-set' };
const ofOrdinal: RecordSubject = { object: set, holder: ordinalHolder('arena', set, 7), domain: CLUSTER };
const web = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'uid-web' };
const ofDeployment: RecordSubject = { object: web, holder: controllerHolder('arena', web), domain: CLUSTER };

const running = pod([container('server', [port('http', 7000, { hostPort: 7000 })])], {
  annotations: asking({ enabled: 'true', reservation: 'token', 'allocated-http': '7000' }),
});

function claim({ holder }: RecordSubject, more: Partial<Claim> = {}): Claim {
  const where = { number: 7000, protocols: TCP, address: ANY_ADDRESS, pool: 'games', port: 'http' };
  return { ...where, holder, state: 'held', time: 1, ...more };
}

/** The record of `subject` for what it holds, as it is stored. */
function recordOf(subject: RecordSubject, more: object = {}): PortAllocation {
  const draft = recordFor(subject, [claim(subject)]);
  const metadata = { ...draft.metadata, uid: 'uid-record', ...more };
  return { ...draft, metadata } as unknown as PortAllocation;
}

/** As an earlier version wrote it. */
function early(subject: RecordSubject): PortAllocation {
  const record = recordOf(subject);
  const { summary, holder, allocated: _, reason: __, ...spec } = record.spec;
  return { ...record, spec, status: { ...(summary !== undefined && { summary }), ...(holder && { holder }) } };
}

let done: string[];
let told: string[];
beforeEach(() => {
  done = [];
  told = [];
});

/** What is done about `record` while the ledger has `claims`, and the pod of its holder runs or not. */
function inspect(
  record: PortAllocation,
  claims: readonly Claim[],
  pods: readonly unknown[] = [running],
  dispute?: string,
) {
  const parts = {
    client: {
      create: (_: unknown, { metadata }: PortAllocation) => {
        done.push(`create ${metadata.name}`);
        return Promise.resolve(record);
      },
      remove: (_: unknown, { name }: { readonly name: string }) => Promise.resolve(void done.push(`delete ${name}`)),
    },
    // When a watch shows which of both can't be chosen on a real cluster.
    pods: { get: () => pods[0] },
    sharing: () => pods,
    allocations: {
      get: (_: string, name: string) => (name === record.metadata.name ? record : undefined),
      list: () => [record],
      apply: () => undefined,
    },
    allocator: { claimsUnder: () => claims },
    disputes: { of: () => dispute },
    events: { record: (_: unknown, { reason }: { readonly reason: string }) => void told.push(reason) },
  };
  const writer = new RecordWriter(parts as unknown as RecordWriterParts);
  return new RecordInspector({ ...parts, writer } as unknown as RecordInspectorParts);
}

const anew = (name: string): readonly string[] => [`delete ${name}`, `create ${name}`];

describe('a record that somebody looks at', () => {
  test.each<readonly [string, PortAllocation, readonly Claim[], readonly unknown[]]>([
    ['says what the ledger says', recordOf(ofPod), [claim(ofPod)], [running]],
    [
      'is of a pod whose numbers are only reserved, or on their way out',
      early(ofPod),
      [claim(ofPod, { state: 'reserved' })],
      [running],
    ],
    ['is of a pod that is gone, and goes with it', recordOf(ofPod), [], []],
    ['is of an ordinal without a pod: its deletion would be a wish', early(ofOrdinal), [claim(ofOrdinal)], []],
    ['is on its way out', recordOf(ofPod, { deletionTimestamp: '2026-01-02T03:04:05Z' }), [], [running]],
  ])('is left alone where it %s', async (_, record, claims, pods) => {
    const inspector = inspect(record, claims, pods);
    expect(inspector.isDoubtful(record)).toBe(false);
    expect(await inspector.doubtful(10)).toEqual([]);
    expect(await inspector.lookAgain(`arena/${record.metadata.name}`, never)).toEqual([]);
    expect([...done, ...told]).toEqual([]);
  });

  test.each<readonly [string, PortAllocation, readonly Claim[]]>([
    ['says other numbers than are held by now', recordOf(ofPod), [claim(ofPod, { number: 7001 })]],
    ['is of an earlier version', early(ofPod), [claim(ofPod)]],
    ['is of an earlier version, and of an ordinal with a pod', early(ofOrdinal), [claim(ofOrdinal)]],
    ['is of an earlier version, and of what makes pods', early(ofDeployment), [claim(ofDeployment)]],
  ])('is written anew where it %s', async (_, record, claims) => {
    const inspector = inspect(record, claims);
    expect(await inspector.doubtful(10)).toEqual([`arena/${record.metadata.name}`]);
    expect(await inspector.lookAgain(`arena/${record.metadata.name}`, never)).toEqual([]);
    expect(done).toEqual(anew(record.metadata.name));
    expect(told).toEqual([]);
  });

  test.each<readonly [string, PortAllocation, readonly Claim[], readonly unknown[]]>([
    ['speaks of a pod that holds nothing', recordOf(ofPod), [], [running]],
    ['has another name than ours', recordOf(ofPod, { name: 'made-up' }), [claim(ofPod)], [running]],
    ['belongs to nobody, and its pod is gone', recordOf(ofPod, { ownerReferences: [] }), [], []],
    ['speaks of an object that is not there', recordOf(ofDeployment), [], []],
  ])('is taken away, which is told, where it %s', async (_, record, claims, pods) => {
    const inspector = inspect(record, claims, pods);
    expect(inspector.isDoubtful(record)).toBe(true);
    const users = await inspector.lookAgain(`arena/${record.metadata.name}`, never);
    expect(users).toEqual(record.spec.recordOf?.kind === 'Pod' ? pods.map(() => 'arena/match-7') : []);
    expect(done).toEqual([`delete ${record.metadata.name}`]);
    expect(told).toEqual(['NotHeld']);
  });

  test('is written anew where its holder has lost a number to somebody else, who is told once', async () => {
    const inspector = inspect(recordOf(ofDeployment), [claim(ofDeployment)], [], 'somebody else has 7000');
    expect(await inspector.doubtful(10)).toEqual(['arena/deployment-web']);
    await inspector.lookAgain('arena/deployment-web', never);
    expect(done).toEqual(anew('deployment-web'));
    expect(told).toEqual(['Disputed']);
  });

  test('is not doubted as an allocation of a user is not', () => {
    const { spec, ...record } = recordOf(ofPod);
    const { recordOf: _, ...asked } = spec;
    expect(inspect({ ...record, spec: asked }, []).isDoubtful({ ...record, spec: asked })).toBe(false);
  });
});

test('a deletion of ours is known as ours once, and that of somebody else is not', async () => {
  const record = recordOf(ofPod);
  const answers = [Promise.resolve(), Promise.reject(new Error('unreachable'))];
  const client = { remove: () => answers.shift() };
  const writer = new RecordWriter({ client } as unknown as RecordWriterParts);
  expect(writer.tookAway(record)).toBe(false);
  await writer.remove(record, never);
  expect([writer.tookAway(record), writer.tookAway(record)]).toEqual([true, false]);
  await expect(writer.remove(record, never)).rejects.toThrow('unreachable');
  expect(writer.tookAway(record)).toBe(false);
});
