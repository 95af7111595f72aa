import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { seededRandom } from '../../../src/base/random.ts';
import { plan } from '../../../src/core/index.ts';
import { ConfigMaps, ResourceCache } from '../../../src/kube/index.ts';
import type { ApiErrorKind } from '../../../src/kube/index.ts';
import { BlockStore, CLUSTER, Ledger } from '../../../src/ledger/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { allocation, pool, tcp } from '../core/make.ts';
import { recordedLog } from '../runtime/recorded-log.ts';
import type { RecordedLog } from '../runtime/recorded-log.ts';
import { StoredConfigMaps } from './config-maps.ts';

const { signal } = new AbortController();

let clock: FakeClock;
let server: StoredConfigMaps;
let log: RecordedLog;
let ledger: Ledger;
let attempts: number;

beforeEach(() => {
  clock = new FakeClock();
  server = new StoredConfigMaps();
  log = recordedLog();
  attempts = 0;
  const common = { client: server.client, clock, random: seededRandom(1) };
  const cache = new ResourceCache({ ...common, type: ConfigMaps, logger: log.logger });
  const store = new BlockStore({ client: server.client, cache, namespace: 'games', log: log.logger });
  ledger = new Ledger({ ...common, store, log: log.logger, observe: () => (attempts += 1) });
});
afterEach(() => ledger[Symbol.asyncDispose]());

/** Further writes come to `kind`. */
function fail(kind: ApiErrorKind, times: number): void {
  server.faults.push(...Array.from({ length: times }, () => kind));
}

function reserve(): Promise<{ readonly ok: boolean }> {
  const request = { holder: allocation('me'), pool: pool('20032-20095'), ports: [tcp('p', { number: 20_040 })] };
  const rest = { gone: new Set<string>(), poolsWith: () => [] };
  return ledger.commit(CLUSTER, (domain, context) => plan(domain, { ...request, ...rest }, context), { signal });
}

test('an API server that stores nothing is asked more and more rarely, until it does', async () => {
  fail('unavailable', 1_000);
  const answer = reserve();
  await clock.advance(60_000);
  expect(attempts).toBeGreaterThan(20);
  expect(attempts).toBeLessThan(80);
  expect(log.at('warn')).toHaveLength(1);
  server.faults.length = 0;
  await clock.advance(2_000);
  expect(await answer).toMatchObject({ ok: true });
  expect(log.at('info')).toHaveLength(1);
});

test('a namespace that is gone is a refusal, and no reason to ask without end', async () => {
  fail('notFound', 1_000);
  expect(await reserve()).toMatchObject({ ok: false, error: { reason: 'LedgerUnavailable' } });
  expect(attempts).toBe(1);
  const again = reserve();
  await clock.advance(0);
  // It waits for its turn.
  expect(attempts).toBe(1);
  server.faults.length = 0;
  await clock.advance(2_000);
  expect(await again).toMatchObject({ ok: true });
});

test('a round that breaks ends only when all of its writes have', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let inFlight = 0;
  let most = 0;
  let writes = 0;
  const client = {
    ...server.client,
    create: async () => {
      const isFirst = writes++ === 0;
      most = Math.max(most, ++inFlight);
      await (isFirst ? undefined : promise);
      inFlight--;
      throw new Error('a fault of the program');
    },
  } as unknown as typeof server.client;
  const common = { client, clock, random: seededRandom(1), log: log.logger };
  const cache = new ResourceCache({ ...common, type: ConfigMaps, logger: log.logger });
  const store = new BlockStore({ ...common, cache, namespace: 'games' });
  await using broken = new Ledger({ ...common, store });
  const ask = (name: string, number: number): Promise<unknown> => {
    const request = { holder: allocation(name), pool: pool('20032-20159'), ports: [tcp('p', { number })] };
    const rest = { gone: new Set<string>(), poolsWith: () => [] };
    return broken.commit(CLUSTER, (domain, context) => plan(domain, { ...request, ...rest }, context), { signal });
  };
  const asked = Promise.allSettled([ask('one', 20_040), ask('two', 20_100)]);
  await clock.advance(0);
  const next = Promise.allSettled([ask('three', 20_040)]);
  await clock.advance(0);
  expect({ writes, most }).toEqual({ writes: 2, most: 2 });
  resolve(undefined);
  expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await next;
  expect(most).toBe(2);
});
