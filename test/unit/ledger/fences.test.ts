import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Fence } from '../../../src/base/fence.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { Result } from '../../../src/base/result.ts';
import { plan } from '../../../src/core/index.ts';
import type { Grant, Refusal } from '../../../src/core/index.ts';
import { ConfigMaps, ResourceCache } from '../../../src/kube/index.ts';
import { BlockStore, CLUSTER, Ledger } from '../../../src/ledger/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { allocation, pool, tcp } from '../core/make.ts';
import { StoredConfigMaps } from './config-maps.ts';

const BLOCK = 'hostport-cluster-20032';
const { signal } = new AbortController();

let server: StoredConfigMaps;
let ledger: Ledger;
let closed: string | undefined;
const leaders: Fence = { reason: () => closed };

beforeEach(() => {
  closed = undefined;
  server = new StoredConfigMaps();
  const common = { client: server.client, clock: new FakeClock(), random: seededRandom(1) };
  const cache = new ResourceCache({ ...common, type: ConfigMaps, logger: silentLogger });
  const store = new BlockStore({ client: server.client, cache, namespace: 'games', log: silentLogger });
  ledger = new Ledger({ ...common, store, log: silentLogger });
});
afterEach(() => ledger[Symbol.asyncDispose]());

test('what is asked for behind a closed fence is refused and written never', async () => {
  closed = 'no longer the leader';
  expect(await reserve('late', 20_040, leaders)).toMatchObject({
    ok: false,
    error: { reason: 'LedgerUnavailable', message: expect.stringContaining('no longer the leader') as unknown },
  });
  expect(server.writes).toEqual([]);
});

test('a fence that closes between plan and write keeps its piece out, and the rest of the round is written', async () => {
  server.beforeNextWrite = () => (closed = 'no longer the leader');
  const [late, webhook] = await Promise.all([reserve('late', 20_040, leaders), reserve('pod', 20_041)]);
  expect(late).toMatchObject({ ok: false, error: { reason: 'LedgerUnavailable' } });
  expect(webhook.ok).toBe(true);
  expect(Object.keys(server.objects.get(BLOCK)?.data ?? {})).toEqual(['20041']);
  expect(server.writes).toEqual([BLOCK]);
});

test('a fence that closes after its piece lost a write to somebody else keeps it out when it is planned again', async () => {
  await reserve('first', 20_032);
  server.beforeNextWrite = () => {
    server.put(BLOCK, {});
    server.beforeNextWrite = () => (closed = 'no longer the leader');
  };
  expect(await reserve('late', 20_040, leaders)).toMatchObject({ ok: false });
  expect(Object.keys(server.objects.get(BLOCK)?.data ?? {})).toEqual(['20032']);
});

function reserve(name: string, number: number, fence?: Fence): Promise<Result<Grant, Refusal>> {
  const request = {
    holder: allocation(name),
    pool: pool('20032-20095'),
    ports: [tcp('p', { number })],
    gone: new Set<string>(),
    poolsWith: () => [],
  };
  const terms = fence === undefined ? { signal } : { signal, fence };
  return ledger.commit(CLUSTER, (domain, context) => plan(domain, request, context), terms);
}
