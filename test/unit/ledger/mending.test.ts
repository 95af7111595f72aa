import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '../../../src/base/logger.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { Result } from '../../../src/base/result.ts';
import { plan } from '../../../src/core/index.ts';
import type { Grant, Refusal } from '../../../src/core/index.ts';
import { ConfigMaps, ResourceCache } from '../../../src/kube/index.ts';
import { BlockStore, CLUSTER, Ledger, sealOf } from '../../../src/ledger/index.ts';
import type { DamageReport } from '../../../src/ledger/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { allocation, pool, tcp } from '../core/make.ts';
import { StoredConfigMaps } from './config-maps.ts';

const BLOCK = 'hostport-cluster-20032';
const HELD = 'TCP held games PortAllocation.hostport.io arena/holder holder-1 p 2026-01-01T00:00:00Z';
const GAMES = pool('20032-20095');
const { signal } = new AbortController();

let clock: FakeClock;
let server: StoredConfigMaps;
let ledger: Ledger;
let store: BlockStore;
let reports: DamageReport[];

beforeEach(() => {
  clock = new FakeClock();
  server = new StoredConfigMaps();
  reports = [];
  const common = { client: server.client, clock, random: seededRandom(1) };
  // It never starts: what happens is learnt from refused writes alone, as by a manager whose watch is behind.
  const cache = new ResourceCache({ ...common, type: ConfigMaps, logger: silentLogger });
  store = new BlockStore({ client: server.client, cache, namespace: 'games', log: silentLogger });
  ledger = new Ledger({ ...common, store, log: silentLogger, onDamage: (report) => void reports.push(report) });
});

afterEach(() => ledger[Symbol.asyncDispose]());

describe('a block that a hand spoilt while a write of it was on its way', () => {
  test.each([
    ['emptied', { data: {} }],
    ['emptied, and its metadata removed', { data: {}, metadata: { labels: {}, annotations: {} } }],
  ])('gives no number of it to those who are planned again: %s', async (_, spoilt) => {
    await reserve('holder', 20_040);
    server.beforeNextWrite = () => void server.put(BLOCK, spoilt);
    const [thief, other] = await Promise.all([reserve('thief', 20_040), reserve('other')]);
    expect(thief).toMatchObject({ ok: false, error: { reason: 'PortHeld' } });
    expect(other.ok).toBe(true);
    await clock.advance(0);
    expect(server.objects.get(BLOCK)?.data?.['20040']).toBe(HELD);
    expect(reports).toMatchObject([{ configMap: BLOCK, what: 'changed', restored: [20_040], unreadable: [] }]);
  });

  test.each([
    ['lost all', {}],
    ['lost nothing', { '20040': HELD, note: 'I was here' }],
  ])('is written as often as it takes when it %s', async (_, data) => {
    await reserve('holder', 20_040);
    server.put(BLOCK, { data });
    // The write that finds out, what it comes to when it is planned again, and the first tries to mend.
    server.faults.push('conflict', 'forbidden', 'unavailable', 'forbidden');
    await reserve('other', 20_041);
    expect(server.objects.get(BLOCK)?.data).toEqual(data);
    await clock.advance(10_000);
    const found = await store.read({ domain: CLUSTER, first: 20_032 }, signal);
    expect(found?.data).toEqual({ ...data, '20040': HELD });
    expect(found?.seal).toBe(sealOf(found?.data ?? {}));
  });
});

test('a block without its labels counts as spoilt: no watch would show it', async () => {
  await reserve('holder', 20_040);
  const id = { domain: CLUSTER, first: 20_032 };
  expect((await store.read(id, signal))?.seal).toBeDefined();
  server.put(BLOCK, { metadata: { labels: { 'hostport.io/scope': 'Cluster' } } });
  expect((await store.read(id, signal))?.seal).toBeUndefined();
});

function reserve(name: string, number?: number): Promise<Result<Grant, Refusal>> {
  const ports = [tcp('p', number === undefined ? {} : { number })];
  const request = { holder: allocation(name), pool: GAMES, ports, gone: new Set<string>(), poolsWith: () => [] };
  return ledger.commit(CLUSTER, (domain, context) => plan(domain, request, context), { signal });
}
