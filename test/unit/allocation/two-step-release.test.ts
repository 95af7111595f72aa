import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { askOf, controllerHolder, ordinalHolder, podHolder } from '../../../src/allocation/index.ts';
import type { Ask } from '../../../src/allocation/ask.ts';
import type { PortAllocation } from '../../../src/api/index.ts';
import type { Holder } from '../../../src/core/index.ts';
import { allocation, tcp } from '../core/make.ts';
import { LIFE_S, Managers, numberOf } from './managers.ts';
import type { TestManager } from './managers.ts';

const { signal } = new AbortController();
const FIRST = 20_032;
const IN_USE = `arena/${FIRST}`;
const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'db-1' };
const rival: Ask = { holder: allocation('rival'), poolName: 'games', ports: [tcp('p')] };

function askBy(holder: Holder, more: Partial<Ask> = {}): Ask {
  return { holder, poolName: 'games', ports: [tcp('p')], surely: true, ...more };
}

/** The ask of an instance for `ports`, at a generation of its allocation. */
function ofInstance(generation: number, ...ports: readonly string[]): Ask {
  return askOf({
    metadata: {
      name: 'prefill-0.pods',
      namespace: 'arena',
      uid: 'a',
      generation,
      ownerReferences: [
        { apiVersion: 'hostport.io/v1alpha1', kind: 'RoleInstance', name: 'prefill-0', uid: 'i', controller: true },
      ],
    },
    spec: { poolName: 'games', ports: ports.map((name) => ({ name, protocol: 'TCP', count: 1 })) },
    status: { observedGeneration: generation - 1 },
  } as unknown as PortAllocation);
}

let managers: Managers;
let leader: TestManager;
let other: TestManager;

beforeEach(() => {
  managers = new Managers(`${FIRST}-${FIRST}`);
  leader = managers.add();
  other = managers.add();
});
afterEach(() => managers[Symbol.asyncDispose]());

/** Starts again with a pool of `count` numbers instead of one. */
async function withNumbers(count: number): Promise<void> {
  await managers[Symbol.asyncDispose]();
  managers = new Managers(`${FIRST}-${FIRST + count - 1}`);
  leader = managers.add();
}

/** Another holder asks the manager that is up to date. */
async function toRival(): Promise<number | string | undefined> {
  leader.catchUp();
  return numberOf(leader.allocator.reserve(rival, signal));
}

/** Sweeps until both steps are taken. */
async function afterAll(): Promise<void> {
  await leader.sweep();
  await managers.pass(LIFE_S);
  await leader.sweep();
}

/** Holders that may ask for a number again, and what has their number released. */
const holders = [
  { what: 'an ordinal of a set that is gone', ask: askBy(ordinalHolder('arena', set, 0), { rest: 'doubted' }) },
  { what: 'a controller that is gone', ask: askBy(controllerHolder('arena', set), { rest: 'kept' }) },
] as const;

test.each(holders)('a number of $what is given to others after two steps, and not before', async ({ ask }) => {
  expect(await numberOf(other.allocator.reserve(ask, signal))).toBe(FIRST);
  leader.catchUp();
  await leader.sweep();
  expect(await toRival()).toBe('PoolExhausted');
  await managers.pass(LIFE_S);
  expect(await toRival()).toBe('PoolExhausted');
  await leader.sweep();
  expect(await toRival()).toBe(FIRST);
});

test.each(holders)('$what that asks another manager between the steps keeps the number', async ({ ask }) => {
  await other.allocator.reserve(ask, signal);
  leader.catchUp();
  await leader.sweep();
  expect(await numberOf(other.allocator.reserve(ask, signal))).toBe(FIRST);
  await managers.pass(LIFE_S);
  // The leader doesn't know it yet: its write is stale, and it reads the block again.
  await leader.sweep();
  expect(await toRival()).toBe('PoolExhausted');
});

test.each(holders)('$what that asks while the leader looks at the pods keeps the number', async ({ ask }) => {
  await other.allocator.reserve(ask, signal);
  leader.catchUp();
  await leader.sweep();
  await managers.pass(LIFE_S);
  let answered: unknown;
  managers.lookAtPods = async () => {
    answered = await numberOf(other.allocator.reserve(ask, signal));
    return new Set();
  };
  await leader.sweep();
  expect(answered).toBe(FIRST);
  expect(await toRival()).toBe('PoolExhausted');
});

test.each(holders)('a pod of $what that no cache shows, but the API server does, keeps the number', async ({ ask }) => {
  await other.allocator.reserve(ask, signal);
  leader.catchUp();
  await leader.sweep();
  await managers.pass(LIFE_S);
  const looks: unknown[] = [];
  managers.lookAtPods = async (where, numbers) => {
    looks.push({ ...where, numbers: [...numbers] });
    return numbers;
  };
  await leader.sweep();
  expect(looks).toEqual([{ namespace: 'arena', domain: '', numbers: [FIRST] }]);
  expect(leader.allocator.holdersOf(FIRST)).toEqual([ask.holder]);
});

test.each(holders)('nothing of $what is released while the API server can not say who uses it', async ({ ask }) => {
  await other.allocator.reserve(ask, signal);
  leader.catchUp();
  await leader.sweep();
  await managers.pass(LIFE_S);
  managers.lookAtPods = async () => Promise.reject(new Error('no answer'));
  await expect(leader.sweep()).rejects.toThrow('no answer');
  expect(await toRival()).toBe('PoolExhausted');
});

test('a manager that is behind answers nobody with what was released after both steps', async () => {
  const [{ ask }] = holders;
  await other.allocator.reserve(ask, signal);
  leader.catchUp();
  await afterAll();
  expect(await toRival()).toBe(FIRST);
  expect(await numberOf(other.allocator.reserve(ask, signal))).toBe('PoolExhausted');
});

test('a pod that the cache shows cancels the release at once', async () => {
  const [{ ask }] = holders;
  await other.allocator.reserve(ask, signal);
  leader.catchUp();
  await leader.sweep();
  expect(leader.allocator.holdersOf(FIRST)).toEqual([]);
  await leader.sweep(IN_USE);
  expect(leader.allocator.holdersOf(FIRST)).toEqual([ask.holder]);
});

test('the next set of the name has the number of the one that is gone, whether or not its release has begun', async () => {
  const [{ ask }] = holders;
  await other.allocator.reserve(ask, signal);
  leader.catchUp();
  await leader.sweep();
  const successor = askBy(ordinalHolder('arena', { ...set, uid: 'db-2' }, 0));
  expect(await numberOf(leader.allocator.reserve(successor, signal))).toBe(FIRST);
});

test('a port that an ordinal no longer asks for can be asked for again, and is given to others after two steps', async () => {
  const by = ordinalHolder('arena', set, 0);
  const most = askBy(by, { ports: [tcp('p'), tcp('q')], rest: 'doubted' });
  const few = askBy(by, { ports: [tcp('p')], rest: 'doubted' });
  await withNumbers(2);
  await leader.allocator.reserve(most, signal);
  await leader.allocator.reserve(few, signal);
  expect(await toRival()).toBe('PoolExhausted');
  expect(await leader.allocator.reserve(most, signal)).toMatchObject({
    value: { ports: [{ number: FIRST }, { number: FIRST + 1 }] },
  });
  await leader.allocator.reserve(few, signal);
  await managers.pass(LIFE_S);
  await leader.sweep(IN_USE);
  expect(await toRival()).toBe(FIRST + 1);
});

test('so is a port that an instance drops, and a leader that is behind promises nobody what is gone', async () => {
  await withNumbers(2);
  const former = managers.add();
  await former.allocator.reserve(ofInstance(1, 'p', 'q'), signal);
  leader.catchUp();
  await leader.allocator.reserve(ofInstance(2, 'p'), signal);
  expect(await toRival()).toBe('PoolExhausted');
  await managers.pass(LIFE_S);
  await leader.sweep(IN_USE);
  expect(await toRival()).toBe(FIRST + 1);
  expect(await numberOf(former.allocator.reserve(ofInstance(3, 'p', 'q'), signal))).toBe('PoolExhausted');
});

test('claims whose release has begun do not count as unconfirmed: pods of the namespace are served', async () => {
  await withNumbers(110);
  const asks = Array.from({ length: 100 }, (_, at) => askBy(ordinalHolder('arena', set, at)));
  await Promise.all(asks.map((ask) => leader.allocator.reserve(ask, signal)));
  await leader.sweep();
  const until = managers.clock.now() / 1000 + LIFE_S;
  const pod = { ...askBy(podHolder({ namespace: 'arena', name: 'game', uid: 'g' })), until };
  expect(await numberOf(leader.allocator.reserve(pod, signal))).toBe(FIRST + 100);
});

test('a hundred ordinals of a set that is gone cost two writes for each block, not for each ordinal', async () => {
  await withNumbers(100);
  const asks = Array.from({ length: 100 }, (_, at) => askBy(ordinalHolder('arena', set, at)));
  await Promise.all(asks.map((ask) => leader.allocator.reserve(ask, signal)));
  const blocks = managers.server.objects.size;
  const before = managers.server.writes.length;
  await afterAll();
  expect(managers.server.writes.length - before).toBe(2 * blocks);
  expect(await toRival()).toBe(FIRST);
});
