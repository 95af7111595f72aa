import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { allocation, tcp } from '../core/make.ts';
import { Managers, numberOf } from './managers.ts';

const { signal } = new AbortController();
const web = { holder: allocation('web'), poolName: 'games', ports: [tcp('p')], surely: true } as const;

let managers: Managers;

beforeEach(() => {
  managers = new Managers('20032-20032');
});
afterEach(() => managers[Symbol.asyncDispose]());

test('a manager that is behind gives nobody from memory what another has released, and given away', async () => {
  const leader = managers.add().allocator;
  const behind = managers.add().allocator;
  expect(await numberOf(behind.reserve(web, signal))).toBe(20_032);
  // The leader reads the block after its write was stale; that is all that it doesn't know yet.
  expect(await leader.reserve({ ...web, holder: allocation('next') }, signal)).toMatchObject({ ok: false });
  await leader.release(web.holder, signal);
  expect(await numberOf(leader.reserve({ ...web, holder: allocation('next') }, signal))).toBe(20_032);
  expect(await behind.reserve(web, signal)).toMatchObject({ ok: false, error: { reason: 'PoolExhausted' } });
});

test('what the holder still has is answered after a look at the ledger, which stays as it is', async () => {
  const manager = managers.add().allocator;
  await manager.reserve(web, signal);
  const [before] = managers.server.objects.values();
  expect(await numberOf(manager.reserve(web, signal))).toBe(20_032);
  const [after] = managers.server.objects.values();
  expect(after?.data).toEqual(before?.data);
});
