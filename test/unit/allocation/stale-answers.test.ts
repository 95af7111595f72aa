import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { understandPools } from '../../../src/allocation/index.ts';
import type { Allocator } from '../../../src/allocation/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { allocation, tcp } from '../core/make.ts';
import { StoredConfigMaps } from '../ledger/config-maps.ts';
import { allocatorOn } from './allocators.ts';
import { storedPool } from './resources.ts';

const { signal } = new AbortController();
const pools = understandPools([storedPool('games', { ranges: ['20032-20032'] })]);
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

function laggingManager(): Allocator {
  return allocatorOn(server, { clock, owner: managers, pools }).allocator;
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
