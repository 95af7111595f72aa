import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { ReservationEnds, controllerHolder, podHolder } from '../../../src/allocation/index.ts';
import { CLUSTER } from '../../../src/ledger/index.ts';
import type { Holder } from '../../../src/core/index.ts';
import { tcp } from '../core/make.ts';
import { LIFE_S, Managers, numberOf } from './managers.ts';
import type { TestManager } from './managers.ts';

const LIFE_MS = LIFE_S * 1000;
/** There is a look each second, and a pod is looked for again five seconds after the first time. */
const LATEST_MS = 7_000;
const { signal } = new AbortController();

let managers: Managers;
let manager: TestManager;
let lifetime: Lifetime;
let gone: Set<string>;
let asked: string[];

beforeEach(() => {
  managers = new Managers('20032-20039');
  gone = new Set();
  asked = [];
  manager = managers.add();
  const isNameFree = async ({ name }: Holder): Promise<boolean> => {
    asked.push(name);
    return Promise.resolve(gone.has(name));
  };
  const liveness = { isNameFree };
  const { clock } = managers;
  const ends = new ReservationEnds({
    ...manager,
    liveness,
    clock,
    log: silentLogger,
    observe: () => undefined,
  });
  lifetime = new Lifetime('ends');
  lifetime.run((signal) => ends.run(signal), rethrow);
});
afterEach(async () => {
  await lifetime[Symbol.asyncDispose]();
  await managers[Symbol.asyncDispose]();
});

const pod = (name: string): Holder => podHolder({ namespace: 'games', name, uid: `token-${name}` });

async function reserve(holder: Holder): Promise<void> {
  const until = manager.ledger.newEnd();
  expect(
    await numberOf(manager.allocator.reserve({ holder, poolName: 'games', ports: [tcp('p')], until }, signal)),
  ).toEqual(expect.any(Number));
}

function held(): readonly string[] {
  return [...manager.ledger.domain(CLUSTER).claims()].map(({ holder }) => holder.name).sort();
}

test('what was reserved for a pod that never came is free soon after the end, without a sweep', async () => {
  gone.add('never-came');
  await reserve(pod('never-came'));
  await managers.clock.advance(LIFE_MS - 1_000);
  expect(held()).toEqual(['never-came']);
  await managers.clock.advance(1_000 + LATEST_MS);
  expect(held()).toEqual([]);
  expect(asked).toEqual(['never-came', 'never-came']);
});

test('where a pod has the name nothing is released, and it is not asked after all the time', async () => {
  await reserve(pod('there'));
  await managers.clock.advance(LIFE_MS + 50_000);
  expect(held()).toEqual(['there']);
  expect(asked).toEqual(['there']);
});

test('one look that finds nobody frees nothing', async () => {
  gone.add('hiccup');
  await reserve(pod('hiccup'));
  await managers.clock.advance(LIFE_MS + 2_000);
  expect(asked).toEqual(['hiccup']);
  gone.delete('hiccup');
  await managers.clock.advance(LATEST_MS);
  expect(asked).toEqual(['hiccup', 'hiccup']);
  expect(held()).toEqual(['hiccup']);
});

test('what is being released is free soon after the end, without a sweep, if the API server shows no pod with it', async () => {
  const web = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'web', controller: true };
  const holder = controllerHolder('games', web);
  await manager.allocator.reserve({ holder, poolName: 'games', ports: [tcp('p'), tcp('q')] }, signal);
  managers.lookAtPods = async () => Promise.resolve(new Set([20_033]));
  await manager.allocator.doubtAll(holder, signal);
  await managers.clock.advance(LIFE_MS - 1_000);
  expect(held()).toEqual(['web', 'web']);
  await managers.clock.advance(LATEST_MS);
  expect(held()).toEqual(['web']);
  expect(manager.ledger.domain(CLUSTER).claimsOn(20_033)).toMatchObject([{ state: 'held' }]);
});

function rethrow(error: unknown): void {
  throw error;
}
