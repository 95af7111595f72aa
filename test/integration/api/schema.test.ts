import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parsePortAllocation, parsePortPool } from '../../../src/api/index.ts';
import { refusedAllocations, refusedPools, takenAllocations, takenPools } from '../../unit/api/cases.ts';
import { manifest, schemaCluster } from './cluster.ts';
import { succeed } from './kubectl.ts';
import type { Refused } from '../../unit/api/cases.ts';
import type { SchemaCluster } from './cluster.ts';
import type { Run } from './kubectl.ts';

let cluster: SchemaCluster;
beforeAll(async () => {
  cluster = await schemaCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

const apply = (object: object): Promise<Run> => cluster.kubectl(['apply', '-f', '-'], object);

function expectRefusal({ code, stderr }: Run, { path, message }: Refused): void {
  expect(code).not.toBe(0);
  expect(stderr).toContain(path);
  if (message !== undefined) expect(stderr).toContain(message);
}

describe('the API server refuses a pool with', () => {
  test.each(refusedPools)('$title', async (refused) => {
    expectRefusal(await apply(manifest('PortPool', 'refused', refused.spec)), refused);
  });

  test('a name of 64 characters', async () => {
    const { stderr } = await apply(manifest('PortPool', 'a'.repeat(64), { ranges: ['1'] }));
    expect(stderr).toContain('the name of a pool has at most 63 characters: choose a shorter one');
  });

  test('a misspelt field', async () => {
    const { stderr } = await apply(manifest('PortPool', 'refused', { ranges: ['1'], cooldwn: '5s' }));
    expect(stderr).toContain('unknown field "spec.cooldwn"');
  });
});

describe('the API server refuses an allocation with', () => {
  test.each(refusedAllocations)('$title', async (refused) => {
    expectRefusal(await apply(manifest('PortAllocation', 'refused', refused.spec)), refused);
  });

  test('a misspelt field', async () => {
    const { stderr } = await apply(manifest('PortAllocation', 'refused', { ports: [{ name: 'game', portt: 5 }] }));
    expect(stderr).toContain('unknown field "spec.ports[0].portt"');
  });
});

describe('the API server takes what our validator takes', () => {
  test.each(takenPools)('a pool with %s', async (_, spec) => {
    await succeed(apply(manifest('PortPool', 'taken', spec)));
    const stored: unknown = JSON.parse(await succeed(cluster.kubectl(['get', 'pp', 'taken', '-o', 'json'])));
    expect(parsePortPool(stored)).toMatchObject({ ok: true });
    await succeed(cluster.kubectl(['delete', 'pp', 'taken']));
  });

  test.each(takenAllocations)('an allocation with %s', async (_, spec) => {
    await succeed(apply(manifest('PortAllocation', 'taken', spec)));
    const stored: unknown = JSON.parse(await succeed(cluster.kubectl(['get', 'pa', 'taken', '-o', 'json'])));
    expect(parsePortAllocation(stored)).toMatchObject({ ok: true });
    await succeed(cluster.kubectl(['delete', 'pa', 'taken']));
  });
});

describe('the API server fills in', () => {
  test('the defaults of a pool', async () => {
    await succeed(apply(manifest('PortPool', 'plain', { ranges: ['20000-29999'] })));
    const stored: unknown = JSON.parse(await succeed(cluster.kubectl(['get', 'pp', 'plain', '-o', 'json'])));
    expect((stored as { spec: unknown }).spec).toEqual({
      ranges: ['20000-29999'],
      scope: 'Cluster',
      strategy: 'Stride',
      cooldown: '30s',
      allowEphemeralOverlap: false,
      allowNodePortOverlap: false,
    });
    // The validator fills in the same, so that an object means the same from wherever it comes.
    const parsed = parsePortPool({ ...(stored as object), spec: { ranges: ['20000-29999'] } });
    expect(parsed.ok && parsed.value.spec).toEqual((stored as { spec: unknown }).spec);
  });

  test('the defaults of an allocation', async () => {
    await succeed(apply(manifest('PortAllocation', 'plain', { ports: [{ name: 'game' }] })));
    const stored: unknown = JSON.parse(await succeed(cluster.kubectl(['get', 'pa', 'plain', '-o', 'json'])));
    expect((stored as { spec: unknown }).spec).toEqual({ ports: [{ name: 'game', protocol: 'TCP', count: 1 }] });
  });
});
