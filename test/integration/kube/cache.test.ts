import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLogger } from '../../../src/base/logger.ts';
import { ConfigMaps } from '../../../src/kube/index.ts';
import type { CacheChange, ConfigMap, ResourceCache } from '../../../src/kube/index.ts';
import { signal, startCluster, until } from './cluster.ts';
import type { TestCluster } from './cluster.ts';
import type { Relay } from './relay.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

const create = (namespace: string, name: string, labels: Record<string, string> = {}) =>
  cluster.client.create(ConfigMaps, { metadata: { namespace, name, labels } }, { signal });
const remove = (namespace: string, name: string) => cluster.client.remove(ConfigMaps, { namespace, name }, { signal });
const label = (namespace: string, name: string, owner: string) =>
  cluster.client.patch(
    ConfigMaps,
    { namespace, name },
    { type: 'merge', body: { metadata: { labels: { owner } } }, signal },
  );
const namesIn = (cache: ResourceCache<ConfigMap>) => cache.list().map((one) => one.metadata.name);

const lists = () => cluster.reports.filter((report) => report.verb === 'watchlist').length;

function follow(cache: ResourceCache<ConfigMap>): string[] {
  const told: string[] = [];
  cache.subscribe((change) => told.push(`${change.type} ${change.object.metadata.name}`));
  return told;
}

/**
 * Makes changes that nobody behind `relay` sees, and has the API server forget them.
 * @returns how many lists there were until then
 */
async function forgotten(relay: Relay, change: () => Promise<void>): Promise<number> {
  relay.close(true);
  await change();
  // A new API server remembers nothing from before its start.
  await cluster.plane.stopApiServer();
  await cluster.plane.startApiServer();
  const listed = lists();
  relay.close(false);
  return listed;
}

describe('a cache', () => {
  test('shows what is there, what comes, changes and goes', async () => {
    const namespace = await cluster.namespace();
    await create(namespace, 'first');
    const cache = cluster.cache(namespace);
    expect(cache.synced).toBe(false);
    await cache.whenSynced(signal);
    expect(cache.get(namespace, 'first')?.metadata).not.toHaveProperty('managedFields');
    const told = follow(cache);
    await create(namespace, 'second');
    await label(namespace, 'first', 'x');
    await remove(namespace, 'second');
    await until(() => told.length >= 4);
    expect(told).toEqual(['applied first', 'applied second', 'applied first', 'deleted second']);
    expect(cache).toMatchObject({ size: 1, synced: true, healthy: true });
  });

  test('holds what its selectors select, and forgets what they select no more', async () => {
    const namespace = await cluster.namespace();
    await create(namespace, 'in', { owner: 'x' });
    await create(namespace, 'out', { owner: 'y' });
    const cache = cluster.cache(namespace, { labelSelector: 'owner=x' });
    cache.index('owner', (object) => [object.metadata.labels?.['owner'] ?? '']);
    await cache.whenSynced(signal);
    expect(cache.byIndex('owner', 'x').map((one) => one.metadata.name)).toEqual(['in']);
    await label(namespace, 'in', 'y');
    await until(() => cache.size === 0);
    expect(cache.byIndex('owner', 'x')).toEqual([]);
  });

  test('goes on when a listener fails', async () => {
    const namespace = await cluster.namespace();
    const errors: string[] = [];
    const logger = { ...silentLogger, error: (message: string) => void errors.push(message), child: () => logger };
    const cache = cluster.cache(namespace, { logger });
    cache.subscribe(() => {
      throw new Error('listener');
    });
    const told = follow(cache);
    await create(namespace, 'a');
    await until(() => told.length > 0);
    expect(errors).toEqual(['a listener failed']);
  });

  test('tells nobody who left', async () => {
    const namespace = await cluster.namespace();
    const cache = cluster.cache(namespace);
    const seen: CacheChange<ConfigMap>[] = [];
    cache.subscribe((change) => seen.push(change))[Symbol.dispose]();
    await create(namespace, 'a');
    await until(() => cache.size === 1);
    expect(seen).toEqual([]);
  });

  test('keeps what trim leaves', async () => {
    const namespace = await cluster.namespace();
    await cluster.client.create(ConfigMaps, { metadata: { namespace, name: 'big' }, data: { a: '1' } }, { signal });
    const cache = cluster.cache(namespace, {
      trim: ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata }),
    });
    await cache.whenSynced(signal);
    expect(cache.get(namespace, 'big')).not.toHaveProperty('data');
  });
});

describe('a cache that keeps some', () => {
  const keeping = (kept: string[] = []) => ({
    keep: ({ metadata }: ConfigMap, before: ConfigMap | undefined): boolean => {
      if (before !== undefined) kept.push(metadata.name);
      return metadata.labels?.['owner'] === 'x' || before?.metadata.labels?.['sticky'] === 'yes';
    },
  });

  test('tells of an object that begins to count as new, and of one that ceases to as gone, as it is then', async () => {
    const namespace = await cluster.namespace();
    await create(namespace, 'in', { owner: 'x' });
    await create(namespace, 'out', { owner: 'y' });
    const cache = cluster.cache(namespace, keeping());
    await cache.whenSynced(signal);
    expect(namesIn(cache)).toEqual(['in']);
    const told = follow(cache);
    const owners: unknown[] = [];
    cache.subscribe(({ object }) => owners.push(object.metadata.labels?.['owner']));
    await label(namespace, 'out', 'x');
    await until(() => told.includes('applied out'));
    await label(namespace, 'in', 'y');
    await until(() => told.includes('deleted in'));
    await label(namespace, 'in', 'z');
    await remove(namespace, 'in');
    await remove(namespace, 'out');
    await until(() => told.includes('deleted out'));
    expect(told).toEqual(['applied in', 'applied out', 'deleted in', 'deleted out']);
    expect(owners).toEqual(['x', 'x', 'y', 'x']);
  });

  test('is asked with what it kept, also when it lists anew', async () => {
    const namespace = await cluster.namespace();
    const { client, relay } = await cluster.relayed();
    await create(namespace, 'stays', { owner: 'x', sticky: 'yes' });
    await create(namespace, 'goes', { owner: 'x' });
    const kept: string[] = [];
    const cache = cluster.cache(namespace, { client, ...keeping(kept) });
    await cache.whenSynced(signal);
    const told = follow(cache);
    await forgotten(relay, async () => {
      await label(namespace, 'stays', 'y');
      await label(namespace, 'goes', 'y');
    });
    await until(() => told.includes('deleted goes'));
    expect(namesIn(cache)).toEqual(['stays']);
    expect(kept).toContain('stays');
  });

  test('keeps nothing that a write of our own made nothing to it', async () => {
    const namespace = await cluster.namespace();
    const cache = cluster.cache(namespace, keeping());
    await cache.whenSynced(signal);
    cache.apply(await create(namespace, 'own', { owner: 'x' }));
    expect(cache.size).toBe(1);
    cache.apply(await label(namespace, 'own', 'y'));
    expect(cache.size).toBe(0);
  });
});

describe('a write of our own', () => {
  test('is seen at once, and told once', async () => {
    const namespace = await cluster.namespace();
    const cache = cluster.cache(namespace);
    await cache.whenSynced(signal);
    const told = follow(cache);
    cache.apply(await create(namespace, 'own'));
    expect(namesIn(cache)).toEqual(['own']);
    await create(namespace, 'later');
    await until(() => told.includes('applied later'));
    expect(told).toEqual(['applied own', 'applied later']);
  });

  test('that the watch has overtaken brings nothing back', async () => {
    const namespace = await cluster.namespace();
    const cache = cluster.cache(namespace);
    await cache.whenSynced(signal);
    const told = follow(cache);
    const made = await create(namespace, 'gone');
    await remove(namespace, 'gone');
    await until(() => told.includes('deleted gone'));
    cache.apply(made);
    expect(cache.size).toBe(0);
  });
});

describe('a cache whose connection', () => {
  test('is cut goes on where it was, without telling anything twice', async () => {
    const namespace = await cluster.namespace();
    const { client, relay } = await cluster.relayed();
    await create(namespace, 'before');
    const cache = cluster.cache(namespace, { client });
    const told = follow(cache);
    await cache.whenSynced(signal);
    const listed = lists();
    for (const name of ['one', 'two', 'three']) {
      relay.cut();
      await create(namespace, name);
      await until(() => told.includes(`applied ${name}`));
    }
    expect(told).toEqual(['applied before', 'applied one', 'applied two', 'applied three']);
    expect(lists()).toBe(listed);
  });

  test('is cut while objects go learns that they are gone', async () => {
    const namespace = await cluster.namespace();
    const { client, relay } = await cluster.relayed();
    await create(namespace, 'doomed');
    const cache = cluster.cache(namespace, { client });
    await cache.whenSynced(signal);
    const told = follow(cache);
    relay.cut();
    await remove(namespace, 'doomed');
    await until(() => cache.size === 0);
    expect(told).toEqual(['applied doomed', 'deleted doomed']);
  });

  test('dies without a word is noticed by the silence', async () => {
    const namespace = await cluster.namespace();
    const { client, relay } = await cluster.relayed();
    const cache = cluster.cache(namespace, { client, silenceMs: 1_000 });
    await cache.whenSynced(signal);
    const told = follow(cache);
    await create(namespace, 'before');
    await until(() => told.length === 1);
    relay.silence(true);
    await create(namespace, 'unheard');
    const cuts = relay.accepted;
    await until(() => relay.accepted > cuts);
    relay.silence(false);
    await until(() => told.includes('applied unheard'));
    expect(told).toEqual(['applied before', 'applied unheard']);
  });
});

describe('a version that the server forgot', () => {
  test('is listed anew: what vanished is told, what stayed is not', async () => {
    const namespace = await cluster.namespace();
    for (const name of ['stays', 'goes', 'changes']) await create(namespace, name);
    const { client, relay } = await cluster.relayed();
    const cache = cluster.cache(namespace, { client });
    await cache.whenSynced(signal);
    const told = follow(cache);
    const listed = await forgotten(relay, async () => {
      await remove(namespace, 'goes');
      await label(namespace, 'changes', 'x');
    });
    await until(() => told.includes('deleted goes'));
    expect(lists()).toBeGreaterThan(listed);
    await create(namespace, 'after');
    await until(() => told.includes('applied after'));
    expect(told.slice(3)).toEqual(['deleted goes', 'applied changes', 'applied after']);
  });
});

describe('an API server that restarts', () => {
  test('is waited for: trouble is told, and nothing is lost', async () => {
    const namespace = await cluster.namespace();
    const cache = cluster.cache(namespace);
    await cache.whenSynced(signal);
    const told = follow(cache);
    await create(namespace, 'before');
    await until(() => told.includes('applied before'));
    await cluster.plane.stopApiServer();
    await until(() => !cache.healthy);
    expect(cache).toMatchObject({ synced: true, size: 1, trouble: expect.stringContaining('no answer') });
    await cluster.plane.startApiServer();
    await create(namespace, 'after');
    await until(() => told.includes('applied after'));
    expect(cache.healthy).toBe(true);
    expect(told).toEqual(['applied before', 'applied after']);
  });
});
