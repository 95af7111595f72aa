import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../../src/base/random.ts';
import { errorOfNetwork, errorOfStatus } from '../../../src/kube/errors.ts';
import type { ApiError } from '../../../src/kube/errors.ts';
import { backoffMs, readIsRepeatable, withRetries, writeIsRepeatable } from '../../../src/kube/retry.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const unavailable = errorOfNetwork(new Error('reset'), 'GET /x');
const throttled = errorOfStatus(429, {}, 'GET /x', 3_000);
const signal = new AbortController().signal;

function failing(times: number, error: ApiError): { tries: number; attempt: () => Promise<string> } {
  const state = {
    tries: 0,
    attempt: async () => {
      if (state.tries++ < times) throw error;
      return 'done';
    },
  };
  return state;
}

describe('a back-off', () => {
  test('grows from half the first wait to the cap', () => {
    const random = seededRandom(1);
    const waits = Array.from({ length: 12 }, (_, attempt) =>
      backoffMs({ firstMs: 100, capMs: 5_000 }, attempt, random),
    );
    waits.forEach((wait, attempt) => {
      const full = Math.min(5_000, 100 * 2 ** attempt);
      expect(wait).toBeGreaterThanOrEqual(full / 2);
      expect(wait).toBeLessThanOrEqual(full);
    });
  });
});

describe('a call', () => {
  test('that may be repeated is, until it succeeds', async () => {
    const clock = new FakeClock();
    const call = failing(2, unavailable);
    const rules = { clock, random: seededRandom(1), signal, retryForMs: 30_000, repeatable: readIsRepeatable };
    const done = withRetries(rules, call.attempt);
    await clock.advance(1_000);
    await expect(done).resolves.toBe('done');
    expect(call.tries).toBe(3);
  });

  test('waits as long as the server asked', async () => {
    const clock = new FakeClock();
    const call = failing(1, throttled);
    const rules = { clock, random: seededRandom(1), signal, retryForMs: 30_000, repeatable: writeIsRepeatable };
    const done = withRetries(rules, call.attempt);
    await clock.advance(2_999);
    expect(call.tries).toBe(1);
    await clock.advance(1);
    await expect(done).resolves.toBe('done');
  });

  test('that may have been done is not repeated', async () => {
    const call = failing(1, unavailable);
    const rules = {
      clock: new FakeClock(),
      random: seededRandom(1),
      signal,
      retryForMs: 30_000,
      repeatable: writeIsRepeatable,
    };
    await expect(withRetries(rules, call.attempt)).rejects.toBe(unavailable);
    expect(call.tries).toBe(1);
  });

  test('gives up when the time for repetitions is over', async () => {
    const clock = new FakeClock();
    const call = failing(1_000, unavailable);
    const rules = { clock, random: seededRandom(1), signal, retryForMs: 10_000, repeatable: readIsRepeatable };
    const done = expect(withRetries(rules, call.attempt)).rejects.toBe(unavailable);
    await clock.advance(20_000);
    await done;
    expect(clock.pending).toBe(0);
  });
});
