import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { InvariantError } from '../../../src/base/result.ts';
import { ConfigMaps, Deployments, Namespaces, ServiceAccounts, isApiError } from '../../../src/kube/index.ts';
import type { ConfigMap, Draft } from '../../../src/kube/index.ts';
import { signal, startCluster } from './cluster.ts';
import type { TestCluster } from './cluster.ts';

let cluster: TestCluster;
let namespace: string;

beforeAll(async () => {
  cluster = await startCluster();
  namespace = await cluster.namespace();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

const draft = (name: string, data: Record<string, string> = {}): Draft<ConfigMap> => ({
  metadata: { namespace, name },
  data,
});
const make = (name: string, data?: Record<string, string>) =>
  cluster.client.create(ConfigMaps, draft(name, data), { signal });

describe('reading', () => {
  test('gives an object with its kind, or says that it is not there', async () => {
    await make('read', { a: '1' });
    const key = { namespace, name: 'read' };
    expect(await cluster.client.get(ConfigMaps, key, { signal })).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      data: { a: '1' },
    });
    expect(await cluster.client.find(ConfigMaps, { ...key, name: 'missing' }, { signal })).toBeUndefined();
    await expect(cluster.client.get(ConfigMaps, { ...key, name: 'missing' }, { signal })).rejects.toMatchObject({
      kind: 'notFound',
      reason: 'NotFound',
      details: { kind: 'configmaps' },
    });
  });

  test('lists all pages, and fills in the kind of every item', async () => {
    const own = await cluster.namespace();
    for (let i = 0; i < 7; i++)
      await cluster.client.create(ConfigMaps, { metadata: { namespace: own, name: `c${i}` } }, { signal });
    const pages = cluster.reports.length;
    const list = await cluster.client.list(ConfigMaps, { namespace: own, pageSize: 3, signal });
    expect(cluster.reports.length - pages).toBe(3);
    expect(list.items.map((item) => item.metadata.name)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6']);
    expect(list.items.every((item) => item.kind === 'ConfigMap' && item.apiVersion === 'v1')).toBe(true);
    expect(Number(list.resourceVersion)).toBeGreaterThan(0);
  });

  test('gives what is no resource as it is', async () => {
    expect(await cluster.client.raw('/readyz', { signal })).toBe('ok');
    expect(JSON.parse(await cluster.client.raw('/version', { signal }))).toHaveProperty('gitVersion');
  });
});

describe('writing', () => {
  test('of a name that is taken, and into a namespace that is not there', async () => {
    await make('taken');
    await expect(make('taken')).rejects.toMatchObject({ kind: 'alreadyExists' });
    const elsewhere = { metadata: { namespace: 'nowhere', name: 'x' } };
    await expect(cluster.client.create(ConfigMaps, elsewhere, { signal })).rejects.toMatchObject({ kind: 'notFound' });
  });

  test('replaces the version that was read, and no other', async () => {
    const first = await make('replaced', { a: '1' });
    const second = await cluster.client.replace(ConfigMaps, { ...first, data: { a: '2' } }, { signal });
    expect(second.data).toEqual({ a: '2' });
    const stale = cluster.client.replace(ConfigMaps, { ...first, data: { a: '3' } }, { signal });
    await expect(stale).rejects.toMatchObject({ kind: 'conflict', code: 409 });
  });

  test.each([undefined, '0'])('a replacement of version %s never leaves the process', async (resourceVersion) => {
    const sent = cluster.reports.length;
    const metadata = { namespace, name: 'x', ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    await expect((async () => cluster.client.replace(ConfigMaps, { metadata }, { signal }))()).rejects.toThrow(
      InvariantError,
    );
    expect(cluster.reports).toHaveLength(sent);
  });

  test('patches in three ways', async () => {
    const key = { namespace, name: 'patched' };
    const first = await make(key.name, { a: '1', b: '2' });
    const body = { metadata: { resourceVersion: first.metadata.resourceVersion }, data: { a: null, c: '3' } };
    const merged = await cluster.client.patch(ConfigMaps, key, { type: 'merge', conditional: true, body, signal });
    expect(merged.data).toEqual({ b: '2', c: '3' });
    const again = cluster.client.patch(ConfigMaps, key, { type: 'merge', conditional: true, body, signal });
    await expect(again).rejects.toMatchObject({ kind: 'conflict' });
    const steps = [{ op: 'test', path: '/data/b', value: '2' } as const, { op: 'remove', path: '/data/b' } as const];
    expect((await cluster.client.patch(ConfigMaps, key, { type: 'json', body: steps, signal })).data).toEqual({
      c: '3',
    });
    const apply = { type: 'apply', fieldManager: 'a', body: { data: { d: '4' } }, signal } as const;
    expect((await cluster.client.patch(ConfigMaps, key, apply)).data).toEqual({ c: '3', d: '4' });
    const rival = { ...apply, fieldManager: 'b', body: { data: { d: '5' } } } as const;
    await expect(cluster.client.patch(ConfigMaps, key, rival)).rejects.toMatchObject({ kind: 'conflict' });
    expect((await cluster.client.patch(ConfigMaps, key, { ...rival, force: true })).data).toEqual({ c: '3', d: '5' });
  });

  test('a conditional patch without a version never leaves the process', async () => {
    const change = { type: 'merge', conditional: true, body: { data: {} }, signal } as const;
    await expect((async () => cluster.client.patch(ConfigMaps, { namespace, name: 'x' }, change))()).rejects.toThrow(
      InvariantError,
    );
  });

  test('answers with the metadata alone when asked to', async () => {
    const large = draft('large', { a: 'x'.repeat(10_000) });
    const answer = await cluster.client.create(ConfigMaps, large, { signal, metadataOnly: true });
    expect(answer).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'large' } });
    expect(answer).not.toHaveProperty('data');
  });

  test('a dry run shows and stores nothing', async () => {
    expect(await cluster.client.create(ConfigMaps, draft('dry'), { signal, dryRun: true })).toHaveProperty(
      'metadata.uid',
    );
    expect(await cluster.client.find(ConfigMaps, { namespace, name: 'dry' }, { signal })).toBeUndefined();
  });

  test('what the schema refuses is invalid, and names the field', async () => {
    const bad = { metadata: { namespace, name: 'UPPER' } };
    await expect(cluster.client.create(ConfigMaps, bad, { signal })).rejects.toMatchObject({
      kind: 'invalid',
      details: { causes: [expect.objectContaining({ field: 'metadata.name' })] },
    });
  });

  test('a subresource is written apart', async () => {
    const container = { name: 'c', image: 'i' };
    const labels = { app: 'x' };
    const template = { metadata: { labels }, spec: { containers: [container] } };
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    await cluster.client.create(Deployments, { metadata: { namespace, name: 'scaled' }, spec }, { signal });
    const key = { namespace, name: 'scaled' };
    await cluster.client.patch(Deployments, key, {
      type: 'merge',
      subresource: 'scale',
      body: { spec: { replicas: 3 } },
      signal,
    });
    const status = {
      type: 'merge',
      subresource: 'status',
      body: { status: { replicas: 3, readyReplicas: 2 } },
      signal,
    } as const;
    await cluster.client.patch(Deployments, key, status);
    expect(await cluster.client.get(Deployments, key, { signal })).toMatchObject({
      spec: { replicas: 3 },
      status: { readyReplicas: 2 },
    });
  });

  test('a token is asked for through its subresource', async () => {
    await cluster.client.create(ServiceAccounts, { metadata: { namespace, name: 'robot' } }, { signal });
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const request = { subresource: 'token', body, signal };
    const answer = await cluster.client.createSubresource(ServiceAccounts, { namespace, name: 'robot' }, request);
    expect(answer).toMatchObject({ kind: 'TokenRequest', status: { token: expect.any(String) } });
  });
});

describe('deleting', () => {
  test('keeps to its preconditions', async () => {
    const made = await make('deleted');
    const key = { namespace, name: 'deleted' };
    const other = cluster.client.remove(ConfigMaps, key, { signal, preconditions: { uid: 'another' } });
    await expect(other).rejects.toMatchObject({ kind: 'conflict' });
    await cluster.client.remove(ConfigMaps, key, { signal, preconditions: { uid: made.metadata.uid } });
    await expect(cluster.client.remove(ConfigMaps, key, { signal })).rejects.toMatchObject({ kind: 'notFound' });
  });

  test('a namespace on its way out takes nothing in, and says so', async () => {
    const ending = await cluster.namespace();
    await cluster.client.remove(Namespaces, { name: ending }, { signal });
    const late = cluster.client.create(ConfigMaps, { metadata: { namespace: ending, name: 'x' } }, { signal });
    await expect(late).rejects.toMatchObject({ kind: 'namespaceTerminating', code: 403 });
  });
});

describe('watching', () => {
  test('tells what happens from a version on, and ends when it is left', async () => {
    const own = await cluster.namespace();
    const { resourceVersion } = await cluster.client.list(ConfigMaps, { namespace: own, signal });
    await cluster.client.create(ConfigMaps, { metadata: { namespace: own, name: 'w' } }, { signal });
    await cluster.client.remove(ConfigMaps, { namespace: own, name: 'w' }, { signal });
    const told: string[] = [];
    for await (const event of cluster.client.watch(ConfigMaps, { namespace: own, resourceVersion, signal })) {
      told.push(
        event.type === 'BOOKMARK' ? event.type : `${event.type} ${event.object.metadata.name} ${event.object.kind}`,
      );
      if (event.type === 'DELETED') break;
    }
    expect(told).toEqual(['ADDED w ConfigMap', 'DELETED w ConfigMap']);
  });

  test('is given up with its signal', async () => {
    const stop = new AbortController();
    const { resourceVersion } = await cluster.client.list(ConfigMaps, { namespace, signal });
    const options = { namespace, resourceVersion, signal: stop.signal, onOpen: () => stop.abort() };
    const watching = (async () => {
      for await (const event of cluster.client.watch(ConfigMaps, options)) expect(event).toBeDefined();
    })();
    await expect(watching).rejects.toThrow(CancelledError);
  });
});

describe('a server that does not answer', () => {
  test('fails a read after the time for repetitions, and a write at once', async () => {
    const { client, relay } = await cluster.relayed();
    relay.silence(true);
    const limits = { signal, timeoutMs: 300, retryForMs: 1_000 };
    const before = cluster.reports.length;
    await expect(client.get(ConfigMaps, { namespace, name: 'x' }, limits)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 0,
    });
    const tries = cluster.reports.length - before;
    expect(tries).toBeGreaterThan(1);
    await expect(client.create(ConfigMaps, draft('lost'), limits)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(cluster.reports.length - before).toBe(tries + 1);
  });

  test('is waited for no longer than the signal', async () => {
    const { client, relay } = await cluster.relayed();
    relay.silence(true);
    const stop = new AbortController();
    const call = client.get(ConfigMaps, { namespace, name: 'x' }, { signal: stop.signal });
    stop.abort();
    await expect(call).rejects.toThrow(CancelledError);
  });
});

describe('connections', () => {
  test('outlive requests that are given up in the middle, two at a time', async () => {
    const key = { namespace, name: 'disturbed' };
    await make(key.name);
    for (let turn = 0; turn < 60; turn++) {
      const stop = new AbortController();
      const body = { data: { text: 'x'.repeat(2000 + turn) } };
      const patch = () => cluster.client.patch(ConfigMaps, key, { type: 'merge', body, signal: stop.signal });
      const calls = Promise.allSettled([patch(), patch()]);
      // At another moment of the request each time: before it is sent, while it is, and while the answer comes.
      for (let step = 0; step < turn % 6; step++) await new Promise((resolve) => setImmediate(resolve));
      stop.abort();
      for (const call of await calls) expect(call).not.toMatchObject({ reason: { kind: 'unavailable' } });
    }
    expect(await cluster.client.find(ConfigMaps, key, { signal })).toMatchObject({ metadata: key });
  });

  test('are shared by requests, and watches do not starve them', async () => {
    const { client, relay } = await cluster.relayed();
    const stop = new AbortController();
    const { resourceVersion } = await client.list(ConfigMaps, { namespace, signal });
    let opened = 0;
    const watches = Array.from({ length: 30 }, async () => {
      const options = { namespace, resourceVersion, signal: stop.signal, onOpen: () => opened++ };
      for await (const event of client.watch(ConfigMaps, options)) expect(event).toBeDefined();
    });
    const ended = Promise.allSettled(watches);
    const reads = Array.from({ length: 200 }, () => client.list(ConfigMaps, { namespace, signal }));
    await Promise.all(reads);
    expect(relay.accepted).toBeLessThanOrEqual(30 + 16);
    stop.abort();
    expect((await ended).every((one) => one.status === 'rejected' && !isApiError(one.reason))).toBe(true);
    expect(opened).toBeLessThanOrEqual(30);
  });
});
