import { expect, test } from '@jest/globals';
import { labels } from '../../../src/api/index.ts';
import type { PortAllocation } from '../../../src/api/index.ts';
import { controllerHolder, ordinalHolder, podHolder } from '../../../src/allocation/index.ts';
import { RecordDeletions, RecordKeeper, RecordWriter } from '../../../src/controllers/record/index.ts';
import type {
  RecordDeletionsParts,
  RecordKeeperParts,
  RecordWriterParts,
} from '../../../src/controllers/record/index.ts';
import { ANY_ADDRESS, TCP } from '../../../src/core/index.ts';
import type { Claim, ClaimState } from '../../../src/core/index.ts';
import { deferPorts } from '../../../src/workload/index.ts';
import { asking, container, pod, port, requestOf } from '../workload/pods.ts';

const never = new AbortController().signal;
const server = container('server', [port('http', 8080)]);
const asked = pod([server], { annotations: asking({ enabled: 'true', pool: 'nodes' }) });
const promised = deferPorts(requestOf(asked), { poolName: 'nodes', reservation: 'token' });
const annotations = { ...promised.metadata.annotations, ...asking({ 'allocated-http': '7000' }) };
const metadata = { ...promised.metadata, annotations };
const bound = { ...promised, metadata, spec: { ...promised.spec, nodeName: 'n1' } };

const disputes = { of: () => undefined };

/** A keeper, with the writer that it writes with, of fakes for what isn't to be had on a real cluster. */
function keeperOf(parts: object): RecordKeeper {
  const writer = new RecordWriter({ disputes, ...parts } as unknown as RecordWriterParts);
  return new RecordKeeper({ ...parts, writer } as unknown as RecordKeeperParts);
}

function claimOf(state: ClaimState): Claim {
  const holder = podHolder({ namespace: 'arena', name: 'match-7', uid: 'uid-7' });
  return { number: 7000, protocols: TCP, address: ANY_ADDRESS, pool: 'nodes', holder, port: 'http', state, time: 1 };
}

test.each<readonly [string, readonly Claim[]]>([
  ['are confirmed late', [claimOf('reserved')]],
  ['a sweep adopts', []],
])('a pod whose numbers %s has its record all the same', async (_, atFirst) => {
  let claims = atFirst;
  const written: unknown[] = [];
  // How late it comes can't be chosen on a real cluster.
  const keeper = keeperOf({
    client: {
      create: async (_: unknown, record: PortAllocation) => {
        written.push([record.metadata.name, record.spec.nodeName, record.spec.ports[0]?.port]);
        return Promise.resolve(record);
      },
    },
    pods: { get: () => bound },
    allocations: { get: () => undefined, apply: () => undefined },
    allocator: { claimsUnder: (_key: string, domain: string) => (domain === 'n1' ? claims : []) },
  });

  expect(await keeper.reconcile('arena/match-7', never)).toMatchObject({ kind: 'again' });
  expect(written).toEqual([]);
  claims = [claimOf('held')];
  expect(await keeper.reconcile('arena/match-7', never)).toEqual({ kind: 'settled' });
  expect(written).toEqual([['pod-match-7', 'n1', 7000]]);
});

test('an ordinal whose record is deleted while its pod ends gives its numbers up when the pod is gone', async () => {
  const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'match', uid: 'uid-of-set' };
  const holder = ordinalHolder('arena', set, 7);
  const record = {
    metadata: { namespace: 'arena', name: 'statefulset-match-7', labels: { [labels.ordinal]: '7' } },
    spec: { ports: [], recordOf: set },
  } as unknown as PortAllocation;
  const ended = { phase: 'Failed' };
  let shown: readonly unknown[] = [bound];
  let isNameFree = false;
  const doubted: unknown[] = [];
  // In which state a cache shows a pod at that moment can't be chosen on a real cluster.
  const parts = {
    pods: { get: (_namespace: string, name: string) => (name === 'match-7' ? shown[0] : undefined) },
    allocations: { get: () => undefined },
    allocator: {
      claimsUnder: () => [{ ...claimOf('held'), holder }],
      doubtAll: async (by: unknown) => Promise.resolve(void doubted.push(by)),
    },
    liveness: { isNameFree: async () => Promise.resolve(isNameFree), isGone: async () => Promise.resolve(false) },
    events: { record: () => undefined },
  };
  const writer = new RecordWriter(parts as unknown as RecordWriterParts);
  const deletions = new RecordDeletions({ ...parts, writer } as unknown as RecordDeletionsParts);

  expect(await deletions.after(record, never)).toEqual({ users: ['arena/match-7'], isOver: false });
  shown = [{ ...bound, status: ended }];
  expect(await deletions.after(record, never)).toEqual({ users: [], isOver: false });
  expect(doubted).toEqual([]);
  shown = [];
  isNameFree = true;
  expect(await deletions.after(record, never)).toEqual({ users: [], isOver: true });
  expect(doubted).toMatchObject([{ name: 'match[7]', uid: 'uid-of-set' }]);
});

test('a record that went with its object is not written again for the pods that outlive that', async () => {
  const web = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'uid-of-web' };
  const holder = controllerHolder('arena', web);
  const record = {
    metadata: { namespace: 'arena', name: 'deployment-web' },
    spec: { ports: [], recordOf: web },
  } as unknown as PortAllocation;
  const entry = { name: 'http', env: 'HTTP', scope: 'RoleScoped' };
  const shared = asking({
    'port-allocator': JSON.stringify({ allocations: [entry] }),
    reservation: 'token',
    'allocated-http': '7000',
  });
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'uid-of-rs', controller: true };
  const user = pod([container('server', [port('http', 7000, { hostPort: 7000 })])], { annotations: shared, owner });
  let isGone = false;
  // How often the garbage collector would take such a record away can't be chosen on a real cluster.
  const parts = {
    pods: { get: () => undefined },
    sharing: () => [user],
    allocations: { get: () => undefined },
    allocator: { claimsUnder: () => [{ ...claimOf('held'), holder }] },
    liveness: { isGone: async () => Promise.resolve(isGone) },
    events: { record: () => undefined },
  };
  const writer = new RecordWriter(parts as unknown as RecordWriterParts);
  const deletions = new RecordDeletions({ ...parts, writer } as unknown as RecordDeletionsParts);

  expect(await deletions.after(record, never)).toEqual({ users: ['arena/match-7'], isOver: true });
  isGone = true;
  expect(await deletions.after(record, never)).toEqual({ users: [], isOver: true });
});

test.each<readonly [string, boolean, readonly string[]]>([
  ['is there', true, ['statefulset-match-0']],
  ['is one that its pod made up', false, []],
])('an ordinal of a set that %s has its record: %s', async (_, isThere, names) => {
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'match', uid: 'uid-of-set', controller: true };
  const settings = asking({ enabled: 'true', sticky: 'true', reservation: 'token', 'allocated-http': '7000' });
  const plain = pod([container('server', [port('http', 7000, { hostPort: 7000 })])], { annotations: settings });
  const named = { ...plain.metadata, labels: { 'apps.kubernetes.io/pod-index': '0' }, ownerReferences: [owner] };
  const holder = ordinalHolder('arena', owner, 0);
  const written: string[] = [];
  // How often the garbage collector would take such a record away can't be chosen on a real cluster.
  const keeper = keeperOf({
    client: {
      create: async (_type: unknown, record: PortAllocation) => {
        written.push(record.metadata.name);
        return Promise.resolve(record);
      },
    },
    pods: { get: () => ({ ...plain, metadata: named }) },
    allocations: { get: () => undefined, apply: () => undefined },
    allocator: { claimsUnder: () => [{ ...claimOf('held'), holder }] },
    owners: { isThere: async () => Promise.resolve(isThere) },
  });
  expect(await keeper.reconcile('arena/match-0', never)).toEqual({ kind: 'settled' });
  expect(written).toEqual(names);
});
