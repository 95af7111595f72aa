import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { ReservationEnds, controllerHolder, podHolder, understandPools } from '../../../src/allocation/index.ts';
import type { Allocator, Ledger, Liveness } from '../../../src/allocation/index.ts';
import { CLUSTER } from '../../../src/ledger/index.ts';
import type { Holder } from '../../../src/core/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { tcp } from '../core/make.ts';
import { StoredConfigMaps } from '../ledger/config-maps.ts';
import { allocatorOn } from './allocators.ts';
import { storedPool } from './resources.ts';

const LIFE_MS = 45_000;
/** A look a second, and a second look five seconds after the first. */
const LATEST_MS = 7_000;
const { signal } = new AbortController();
const pools = understandPools([storedPool('games', { ranges: ['20032-20039'] })]);

let clock: FakeClock;
let owner: Lifetime;
let ledger: Ledger;
let allocator: Allocator;
let gone: Set<string>;
let asked: string[];

beforeEach(() => {
  clock = new FakeClock();
  owner = new Lifetime('test');
  gone = new Set();
  asked = [];
  const isGone = async ({ name }: Holder): Promise<boolean> => {
    asked.push(name);
    return gone.has(name);
  };
  ({ ledger, allocator } = allocatorOn(new StoredConfigMaps(), { clock, owner, pools, liveness: { isGone } }));
  const liveness = { isGone } as unknown as Liveness;
  const ends = new ReservationEnds({
    ledger,
    allocator,
    liveness,
    clock,
    log: silentLogger,
    observe: () => undefined,
  });
  owner.run((until) => ends.run(until), rethrow);
});
afterEach(() => owner[Symbol.asyncDispose]());

const pod = (name: string): Holder => podHolder({ namespace: 'games', name, uid: `token-${name}` });

async function reserve(holder: Holder): Promise<void> {
  const until = Math.ceil((clock.now() + LIFE_MS) / 1000);
  expect(await allocator.reserve({ holder, poolName: 'games', ports: [tcp('p')], until }, signal)).toMatchObject({
    ok: true,
  });
}

function held(): readonly string[] {
  return [...ledger.domain(CLUSTER).claims()].map(({ holder }) => holder.name).sort();
}

test('what was reserved for a pod that never came is free soon after the end, without a sweep', async () => {
  gone.add('never-came');
  await reserve(pod('never-came'));
  await clock.advance(LIFE_MS - 1_000);
  expect(held()).toEqual(['never-came']);
  await clock.advance(1_000 + LATEST_MS);
  expect(held()).toEqual([]);
  expect(asked).toEqual(['never-came', 'never-came']);
});

test('a pod that is there keeps what nobody has confirmed yet, and is not asked after all the time', async () => {
  await reserve(pod('there'));
  await clock.advance(LIFE_MS + 50_000);
  expect(held()).toEqual(['there']);
  expect(asked).toEqual(['there']);
});

test('one look that finds nobody frees nothing', async () => {
  gone.add('hiccup');
  await reserve(pod('hiccup'));
  await clock.advance(LIFE_MS + 2_000);
  expect(asked).toEqual(['hiccup']);
  gone.delete('hiccup');
  await clock.advance(LATEST_MS);
  expect(asked).toEqual(['hiccup', 'hiccup']);
  expect(held()).toEqual(['hiccup']);
});

test('what pods of a controller share is left to the sweep, which knows the pods', async () => {
  gone.add('web').add('never-came');
  const web = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'web', controller: true };
  await reserve(controllerHolder('games', web));
  await reserve(pod('never-came'));
  await clock.advance(LIFE_MS + LATEST_MS);
  expect(held()).toEqual(['web']);
});

function rethrow(error: unknown): void {
  throw error;
}
