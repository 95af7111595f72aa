import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { NodeReportStore } from '../../../src/allocation/index.ts';
import type { NodeReport } from '../../../src/api/index.ts';
import type { CacheChange } from '../../../src/kube/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { storedReport } from './resources.ts';

let clock: FakeClock;
let store: NodeReportStore;
let change: (of: CacheChange<NodeReport>) => void;
let renewals: (string | undefined)[];
beforeEach(() => {
  clock = new FakeClock();
  renewals = [];
  const subscribe = (listener: typeof change): Disposable => {
    change = listener;
    return { [Symbol.dispose]: () => undefined };
  };
  store = new NodeReportStore({ cache: { subscribe }, clock, lifeMs: 60_000 });
  store.subscribe(({ report }) => renewals.push(report?.renewTime));
});
afterEach(() => {
  store[Symbol.dispose]();
  expect(clock.pending).toBe(0);
});

const FIRST = '2026-01-02T03:04:05.000000Z';
const SECOND = '2026-01-02T03:04:15.000000Z';
const see = (renewTime: string): void => change({ type: 'applied', object: storedReport('n1', { renewTime }) });
const believed = (): readonly string[] => [...store.believed()].map(({ node }) => node);

test('a report is believed for its life, whatever its own clock says', async () => {
  see('1999-01-01T00:00:00.000000Z');
  await clock.advance(59_999);
  expect(believed()).toEqual(['n1']);
  await clock.advance(1);
  expect(believed()).toEqual([]);
  expect(renewals).toEqual(['1999-01-01T00:00:00.000000Z', undefined]);
});

test('one that is renewed begins a new life, also after its end', async () => {
  see(FIRST);
  await clock.advance(50_000);
  see(SECOND);
  await clock.advance(50_000);
  expect(believed()).toEqual(['n1']);
  await clock.advance(50_000);
  expect(believed()).toEqual([]);
  see(FIRST);
  expect(believed()).toEqual(['n1']);
  expect(renewals).toEqual([FIRST, SECOND, undefined, FIRST]);
});

test('a change that the agent did not make begins no new life', async () => {
  see(FIRST);
  await clock.advance(50_000);
  see(FIRST);
  await clock.advance(10_000);
  expect(believed()).toEqual([]);
  see(FIRST);
  expect(believed()).toEqual([]);
  expect(renewals).toEqual([FIRST, undefined]);
});

test('one that is gone is believed to the end of its life, and forgotten then', async () => {
  see(FIRST);
  await clock.advance(50_000);
  change({ type: 'deleted', object: storedReport('n1', { renewTime: FIRST }) });
  expect(believed()).toEqual(['n1']);
  await clock.advance(10_000);
  expect(store.of('n1')).toBeUndefined();
  expect(renewals).toEqual([FIRST, undefined]);
  see(FIRST);
  expect(believed()).toEqual(['n1']);
});

test('one that is gone and comes back has no other life than before', async () => {
  see(FIRST);
  change({ type: 'deleted', object: storedReport('n1', { renewTime: FIRST }) });
  await clock.advance(50_000);
  see(FIRST);
  await clock.advance(10_000);
  see(FIRST);
  expect(believed()).toEqual([]);
});
