import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { SweepLoop } from '../../../src/controllers/sweep/index.ts';
import type { SweepLoopParts } from '../../../src/controllers/sweep/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const INTERVAL_MS = 5_000;

let clock: FakeClock;
let lifetime: Lifetime;
/** How long it takes to count the holders. */
let countMs: number;
let sweeps: number;

beforeEach(() => {
  clock = new FakeClock();
  lifetime = new Lifetime('sweeps');
  countMs = 0;
  sweeps = 0;
  const nothing = async (): Promise<number> => Promise.resolve(0);
  const parts = {
    sweep: {
      adopt: async () => Promise.resolve({ adopted: [], beyond: [], disputes: [] }),
      releaseGone: nothing,
      tidy: nothing,
    },
    allocations: { list: () => [] },
    pods: { list: () => [] },
    instances: { list: () => [] },
    sets: {
      list: () => {
        sweeps++;
        clock.stopFor(countMs);
        return [];
      },
    },
    disputes: { replace: () => undefined },
    onDisputes: () => undefined,
    clock,
    log: silentLogger,
    intervalMs: INTERVAL_MS,
  };
  const loop = new SweepLoop(parts as unknown as SweepLoopParts);
  lifetime.run((signal) => loop.run(signal), rethrow);
});
afterEach(() => lifetime[Symbol.asyncDispose]());

test('holders are counted at the interval while that is soon done', async () => {
  await clock.advance(10 * INTERVAL_MS);
  expect(sweeps).toBe(11);
});

test('where there are so many that a count takes seconds, it is made so much less often', async () => {
  countMs = 4_000;
  await clock.advance(INTERVAL_MS);
  const before = sweeps;
  await clock.advance(15_000);
  expect(sweeps - before).toBeLessThanOrEqual(1);
  await clock.advance(10_000);
  expect(sweeps - before).toBeGreaterThanOrEqual(1);
});

test('a sweep that the API server kept waiting for minutes is not followed by minutes without one', async () => {
  countMs = 120_000;
  await clock.advance(INTERVAL_MS);
  const before = sweeps;
  await clock.advance(11_000);
  expect(sweeps - before).toBeGreaterThanOrEqual(1);
});

function rethrow(error: unknown): void {
  throw error;
}
