import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recordedSpec } from '../../unit/api/cases.ts';
import { manifest, schemaCluster } from './cluster.ts';
import { succeed } from './kubectl.ts';
import type { SchemaCluster } from './cluster.ts';

let cluster: SchemaCluster;
beforeAll(async () => {
  cluster = await schemaCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

const ports = [{ name: 'game' }];
const recordOf = { apiVersion: 'v1', kind: 'Pod', name: 'game-0', uid: '1-2-3' };
const RECORD = "a record can't be edited: change the object that it is of (see spec.recordOf)";
const POOL = "poolName can't be changed: the numbers that are held are of that pool (see status.poolName)";
const NODE = "nodeName can't be changed: the numbers that are held are of that node";
const RECORD_OF = "recordOf can't be changed: only Hostport writes records";

type Spec = Readonly<Record<string, unknown>>;

/** Creates an object with one spec, and replaces it by another. Gives what was said to the second; empty if it was taken. */
async function change(kind: 'PortPool' | 'PortAllocation', before: Spec, after: Spec): Promise<string> {
  await succeed(cluster.kubectl(['create', '-f', '-'], manifest(kind, 'changed', before)));
  const { code, stderr } = await cluster.kubectl(['replace', '-f', '-'], manifest(kind, 'changed', after));
  await succeed(cluster.kubectl(['delete', kind, 'changed']));
  return code === 0 ? '' : stderr;
}

describe('an allocation keeps', () => {
  test.each<[string, Spec, Spec, string]>([
    ['its pool', { poolName: 'a', ports }, { poolName: 'b', ports }, POOL],
    ['its pool, when it named none', { ports }, { poolName: 'b', ports }, POOL],
    ['its pool, when it names none any more', { poolName: 'a', ports }, { ports }, POOL],
    ['its node', { nodeName: 'a', ports }, { nodeName: 'b', ports }, NODE],
    ['its node, when it named none', { ports }, { nodeName: 'b', ports }, NODE],
    ['its node, when it names none any more', { nodeName: 'a', ports }, { ports }, NODE],
    ['what it is a record of', { recordOf, ports }, { recordOf: { ...recordOf, uid: '4' }, ports }, RECORD_OF],
    ['being a record', { recordOf, ports }, { ports }, RECORD_OF],
    ['being none', { ports }, { recordOf, ports }, RECORD_OF],
    ['its ports, when it is a record', { recordOf, ports }, { recordOf, ports: [{ name: 'rcon' }] }, RECORD],
    [
      'each port, when it is a record',
      { recordOf, ports },
      { recordOf, ports: [{ name: 'game', protocol: 'UDP' }] },
      RECORD,
    ],
    ['what it says, when it is a record', recordedSpec, { ...recordedSpec, summary: 'game=1/UDP' }, RECORD],
    ['its strategy, when it is a record', { recordOf, ports }, { recordOf, ports, strategy: 'Random' }, RECORD],
  ])('%s', async (_, before, after, message) => {
    expect(await change('PortAllocation', before, after)).toContain(message);
  });
});

describe('an allocation may be given', () => {
  test.each<[string, Spec, Spec]>([
    ['other ports', { poolName: 'a', ports }, { poolName: 'a', ports: [...ports, { name: 'rcon', port: 27_015 }] }],
    ['another protocol', { ports }, { ports: [{ name: 'game', protocol: 'UDP', count: 8 }] }],
    ['another strategy', { ports }, { ports, strategy: 'Random' }],
  ])('%s', async (_, before, after) => {
    expect(await change('PortAllocation', before, after)).toBe('');
  });

  test('labels, when it is a record', async () => {
    await succeed(cluster.kubectl(['create', '-f', '-'], manifest('PortAllocation', 'labelled', { recordOf, ports })));
    await succeed(cluster.kubectl(['label', 'pa', 'labelled', 'a=b']));
    const status = JSON.stringify({ status: { summary: 'game=20001/TCP' } });
    await succeed(cluster.kubectl(['patch', 'pa', 'labelled', '--subresource=status', '--type=merge', '-p', status]));
  });
});

/** Tries to write `status` of an allocation with this spec. Gives what was said to it; empty if it was taken. */
async function writeStatus(spec: Spec, status: Spec): Promise<string> {
  await succeed(cluster.kubectl(['create', '-f', '-'], manifest('PortAllocation', 'stated', spec)));
  const patch = JSON.stringify({ status });
  const { code, stderr } = await cluster.kubectl([
    ...['patch', 'pa', 'stated', '--subresource=status', '--type=merge'],
    ...['-p', patch],
  ]);
  await succeed(cluster.kubectl(['delete', 'pa', 'stated']));
  return code === 0 ? '' : stderr;
}

describe('a status', () => {
  const status = { summary: 'game=20001/UDP', allocated: 'True', reason: 'Allocated' };

  test.each<[string, Spec]>([
    ['that says all', recordedSpec],
    ['that says one thing', { recordOf, ports, allocated: 'True' }],
  ])('is refused for a record %s in its spec', async (_, spec) => {
    expect(await writeStatus(spec, status)).toContain('a record has no status: what it says stands in its spec');
  });

  test.each<[string, Spec]>([
    ['what is no record', { ports }],
    ['a record of an earlier version', { recordOf, ports }],
  ])('is taken for %s', async (_, spec) => {
    expect(await writeStatus(spec, status)).toBe('');
  });
});

describe('a pool', () => {
  const ranges = ['20000-29999'];

  test.each<[string, Spec, Spec]>([
    ['that named it', { ranges, scope: 'Node' }, { ranges, scope: 'Cluster' }],
    ['that had the default', { ranges }, { ranges, scope: 'Node' }],
    ['that names it no more', { ranges, scope: 'Node' }, { ranges }],
  ])('%s keeps its scope', async (_, before, after) => {
    expect(await change('PortPool', before, after)).toContain(
      "scope can't be changed: numbers that are held would become ambiguous; create another pool and move to it",
    );
  });

  test('may be given everything else', async () => {
    const after = { ranges: ['1-9'], exclude: ['5'], strategy: 'Random', cooldown: '5s', maxPortsPerNamespace: 3 };
    expect(await change('PortPool', { ranges, maxPortsPerNamespace: 9 }, after)).toBe('');
  });
});
