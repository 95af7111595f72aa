import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConfigMaps } from '../../../src/kube/index.ts';
import { signal, startCluster, until } from './cluster.ts';
import type { TestCluster } from './cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster('--feature-gates=WatchList=false');
});
afterAll(async () => cluster[Symbol.asyncDispose]());

test('a cache behind an API server that has no streamed lists lists in pages, and goes on from there', async () => {
  const namespace = await cluster.namespace();
  const create = (name: string) => cluster.client.create(ConfigMaps, { metadata: { namespace, name } }, { signal });
  const names = Array.from({ length: 150 }, (_, at) => `map-${at}`);
  await Promise.all(names.map(create));
  const before = cluster.reports.length;
  const cache = cluster.cache(namespace);
  await cache.whenSynced(signal);
  expect(cache.list().map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(names));
  await create('later');
  await until(() => cache.size === names.length + 1);
  const requests = cluster.reports.slice(before).filter(({ verb }) => verb !== 'create');
  expect(requests.map(({ verb, code }) => `${verb} ${code}`)).toEqual([
    'watchlist 422',
    'list 200',
    'list 200',
    'watch 200',
  ]);
});
