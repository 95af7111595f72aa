import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { recordedSpec } from '../../unit/api/cases.ts';
import { manifest, schemaCluster } from './cluster.ts';
import { succeed } from './kubectl.ts';
import type { SchemaCluster } from './cluster.ts';

let cluster: SchemaCluster;
beforeAll(async () => {
  cluster = await schemaCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

const condition = (type: string, status: string, reason: string) => ({
  type,
  status,
  reason,
  observedGeneration: 1,
  lastTransitionTime: '2026-01-02T03:04:05Z',
  message: 'as the test says',
});

/** Creates an object, writes its status, and gives the words of its line with `kubectl get -o wide`, below the headings. */
async function row(kind: 'PortPool' | 'PortAllocation', spec: object, status: object): Promise<Record<string, string>> {
  await succeed(cluster.kubectl(['create', '-f', '-'], manifest(kind, 'shown', spec)));
  const patch = JSON.stringify({ status });
  await succeed(cluster.kubectl(['patch', kind, 'shown', '--subresource=status', '--type=merge', '-p', patch]));
  return shown(kind, 'shown');
}

/** The words of the line of an object with `kubectl get -o wide`, each by its heading, under which it begins. */
async function shown(kind: string, name: string): Promise<Record<string, string>> {
  const [head = '', line = ''] = (await succeed(cluster.kubectl(['get', kind, name, '-o', 'wide']))).split('\n');
  const headings = [...head.matchAll(/\S+(?: \S+)*/g)];
  return Object.fromEntries(
    headings.map(({ 0: heading, index }, at) => [heading, line.slice(index, headings[at + 1]?.index).trim()]),
  );
}

test('a pool shows what it has and how much is left', async () => {
  const spec = { ranges: ['20000-20009', '30000'], scope: 'Node', strategy: 'Random' };
  const status = {
    capacity: 11,
    allocated: 3,
    reserved: 1,
    blocked: 2,
    cooling: 1,
    free: 4,
    outside: 0,
    observedGeneration: 1,
    conditions: [condition('Ready', 'True', 'Ready'), condition('InUse', 'True', 'Held')],
  };
  expect(await row('PortPool', spec, status)).toEqual({
    NAME: 'shown',
    RANGES: '["20000-20009","30000"]',
    SCOPE: 'Node',
    CAPACITY: '11',
    ALLOCATED: '3',
    FREE: '4',
    COOLING: '1',
    READY: 'True',
    RESERVED: '1',
    BLOCKED: '2',
    OUTSIDE: '0',
    STRATEGY: 'Random',
    REASON: 'Ready',
    AGE: expect.any(String),
  });
});

test('an allocation shows its numbers, what they are for, and why there are none', async () => {
  const spec = { poolName: 'by-node', nodeName: 'node-1', ports: [{ name: 'game', protocol: 'UDP' }] };
  const status = {
    poolName: 'by-node',
    ports: [{ name: 'game', protocol: 'UDP', port: 20_001 }],
    summary: 'game=20001/UDP',
    holder: {
      apiVersion: 'hostport.io/v1alpha1',
      kind: 'PortAllocation',
      namespace: 'default',
      name: 'shown',
      uid: '1',
    },
    allocated: 'True',
    reason: 'Allocated',
    observedGeneration: 1,
    conditions: [condition('Allocated', 'True', 'Allocated'), condition('Disputed', 'False', 'Undisputed')],
  };
  expect(await row('PortAllocation', spec, status)).toEqual({
    NAME: 'shown',
    POOL: 'by-node',
    PORTS: 'game=20001/UDP',
    HOLDER: 'shown',
    ALLOCATED: 'True',
    REASON: 'Allocated',
    'HOLDER KIND': 'PortAllocation',
    NODE: 'node-1',
    DISPUTED: 'False',
    AGE: expect.any(String),
  });
});

/** So many looks: which of the fields of one name a path finds first is up to chance. */
const LOOKS = 20;

test('a record shows the same, out of its spec, whatever its annotations say', async () => {
  const { recordOf, ...spec } = { ...recordedSpec, poolName: 'by-node', nodeName: 'node-1' };
  const made = manifest('PortAllocation', 'recorded', { recordOf, ...spec });
  await succeed(cluster.kubectl(['create', '-f', '-'], made));
  const lies = ['summary', 'holder', 'allocated', 'reason', 'poolName'].map((field) => `${field}=a-lie`);
  await succeed(cluster.kubectl(['annotate', 'pa', 'recorded', ...lies]));
  await succeed(cluster.kubectl(['label', 'pa', 'recorded', ...lies]));
  for (let look = 0; look < LOOKS; look++) {
    expect(await shown('PortAllocation', 'recorded')).toEqual({
      NAME: 'recorded',
      POOL: 'by-node',
      PORTS: 'game=20001/UDP',
      HOLDER: 'game-0',
      ALLOCATED: 'True',
      REASON: 'Allocated',
      'HOLDER KIND': 'Pod',
      NODE: 'node-1',
      DISPUTED: '',
      AGE: expect.any(String),
    });
  }
  await succeed(cluster.kubectl(['wait', 'pa', 'recorded', '--for=jsonpath={.spec.allocated}=True', '--timeout=5s']));
  await succeed(cluster.kubectl(['delete', 'pa', 'recorded']));
});

test('a record of an earlier version shows what its status says', async () => {
  const { recordOf, ports, summary, holder } = recordedSpec;
  const made = manifest('PortAllocation', 'early', { recordOf, ports, poolName: 'default' });
  await succeed(cluster.kubectl(['create', '-f', '-'], made));
  const patch = JSON.stringify({ status: { poolName: 'default', summary, holder } });
  await succeed(cluster.kubectl(['patch', 'pa', 'early', '--subresource=status', '--type=merge', '-p', patch]));
  const line = await shown('PortAllocation', 'early');
  expect(line).toMatchObject({ POOL: 'default', PORTS: 'game=20001/UDP', HOLDER: 'game-0', 'HOLDER KIND': 'Pod' });
  await succeed(cluster.kubectl(['delete', 'pa', 'early']));
});

test('short names and the category find them', async () => {
  for (const kind of ['hostport', 'pp,pa']) {
    const found = await succeed(cluster.kubectl(['get', kind, '-A', '-o', 'name']));
    expect(found.trim().split('\n').sort()).toEqual(['portallocation.hostport.io/shown', 'portpool.hostport.io/shown']);
  }
});

test('every field is explained', async () => {
  const explained = await succeed(cluster.kubectl(['explain', 'portallocation.spec.ports']));
  expect(explained).toContain('So many consecutive numbers; with port, the block starts there.');
});
