import { beforeEach, expect, test } from '@jest/globals';
import type { ClusterClient, ConfigMap } from '../../../src/kube/index.ts';
import { QuotaCounter } from '../../../src/ledger/index.ts';
import { StoredConfigMaps } from './config-maps.ts';

const { signal } = new AbortController();
const NAME = 'hostport-quota-games';

let server: StoredConfigMaps;
/** How often the counter was read from the API server. */
let reads: number;
/** What the watch shows of it. */
let seen: ConfigMap | undefined;
let counter: QuotaCounter;
beforeEach(() => {
  server = new StoredConfigMaps();
  reads = 0;
  seen = undefined;
  const client = {
    ...server.client,
    find: async () => {
      reads++;
      return server.objects.get(NAME);
    },
  } as unknown as ClusterClient;
  const cache = { get: () => seen, apply: (object: ConfigMap) => void (seen = object) };
  const parts = { client, namespace: 'hostport-system', pool: 'games', countHeld: () => new Map<string, number>() };
  counter = new QuotaCounter({ ...parts, seen: cache, signal });
});

const take = (by: number) => counter.take('arcade', by, 3, { signal });
const counted = () => server.objects.get(NAME)?.data;

test('what is seen of a counter is written upon without a read', async () => {
  await take(1);
  reads = 0;
  expect(await take(1)).toMatchObject({ ok: true });
  expect([reads, counted()]).toEqual([0, { arcade: '2' }]);
});

test('a counter that somebody else has written meanwhile is read', async () => {
  await take(1);
  server.put(NAME, { data: { arcade: '2' } });
  expect(await take(1)).toMatchObject({ ok: true });
  expect(counted()).toEqual({ arcade: '3' });
});

test('nobody is refused for what is only seen', async () => {
  await take(3);
  server.put(NAME, { data: { arcade: '1' } });
  expect(await take(1)).toMatchObject({ ok: true });
  expect(counted()).toEqual({ arcade: '2' });
  expect(await take(2)).toMatchObject({ ok: false, error: { reason: 'QuotaExceeded' } });
  expect(counted()).toEqual({ arcade: '2' });
});
