import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { ok } from '../../../src/base/result.ts';
import { Allocator, understandPools } from '../../../src/allocation/index.ts';
import type { AllocatorParts } from '../../../src/allocation/index.ts';
import { ConfigMaps, ResourceCache } from '../../../src/kube/index.ts';
import { BlockStore, Ledger } from '../../../src/ledger/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { allocation, tcp } from '../core/make.ts';
import { StoredConfigMaps } from '../ledger/config-maps.ts';
import { storedPool } from './resources.ts';

const { signal } = new AbortController();
const [games] = understandPools([storedPool('games', { ranges: ['20032-20032'] })]);
const web = { holder: allocation('web'), poolName: 'games', ports: [tcp('p')], surely: true } as const;

let server: StoredConfigMaps;
let clock: FakeClock;
let managers: Lifetime;

beforeEach(() => {
  server = new StoredConfigMaps();
  clock = new FakeClock();
  managers = new Lifetime('managers');
});
afterEach(() => managers[Symbol.asyncDispose]());

/** One whose watch never tells anything: what it knows, it knows from its own writes. */
function laggingManager(): Allocator {
  const common = { client: server.client, clock, random: seededRandom(1) };
  const cache = new ResourceCache({ ...common, type: ConfigMaps, logger: silentLogger });
  const store = new BlockStore({ client: server.client, cache, namespace: 'games', log: silentLogger });
  const parts = {
    ledger: managers.own(new Ledger({ ...common, store, log: silentLogger })),
    pools: { all: () => [games], with: () => [], find: () => games, cooldownOf: () => 0 },
    quotas: {
      take: async () => ok(undefined),
      giveBack: async () => undefined,
      announce: () => ({ [Symbol.dispose]: () => undefined }),
    },
    liveness: { isGone: async () => true },
    namespaces: { get: () => undefined },
    nodes: { get: () => undefined },
    clock,
    observe: () => undefined,
  };
  return new Allocator(parts as unknown as AllocatorParts);
}

async function numberOf(answer: ReturnType<Allocator['reserve']>): Promise<number | undefined> {
  const given = await answer;
  return given.ok ? given.value.ports[0]?.number : undefined;
}

test('a manager that is behind gives nobody from memory what another has released, and given away', async () => {
  const leader = laggingManager();
  const behind = laggingManager();
  expect(await numberOf(behind.reserve(web, signal))).toBe(20_032);
  // The leader learns of it by losing a write, and it is all that it has to learn.
  expect(await leader.reserve({ ...web, holder: allocation('next') }, signal)).toMatchObject({ ok: false });
  await leader.release(web.holder, signal);
  expect(await numberOf(leader.reserve({ ...web, holder: allocation('next') }, signal))).toBe(20_032);
  expect(await behind.reserve(web, signal)).toMatchObject({ ok: false, error: { reason: 'PoolExhausted' } });
});

test('what the holder still has is answered after a look at the ledger, which stays as it is', async () => {
  const manager = laggingManager();
  await manager.reserve(web, signal);
  const [before] = server.objects.values();
  expect(await numberOf(manager.reserve(web, signal))).toBe(20_032);
  const [after] = server.objects.values();
  expect(after?.data).toEqual(before?.data);
});
