import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { InvariantError } from '../../../src/base/result.ts';
import { ApiError } from '../../../src/kube/index.ts';
import type { ApiErrorKind } from '../../../src/kube/index.ts';
import { Controller } from '../../../src/runtime/index.ts';
import type { ControllerOptions, Outcome, Reconcile } from '../../../src/runtime/index.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { recordedLog } from './recorded-log.ts';
import type { RecordedLog } from './recorded-log.ts';

const settled: Outcome = { kind: 'settled' };
let clock: FakeClock;
let log: RecordedLog;
let lifetime: Lifetime;
let told: string[];

beforeEach(() => {
  clock = new FakeClock();
  log = recordedLog();
  lifetime = new Lifetime('controller under test');
  told = [];
});
afterEach(async () => {
  await lifetime[Symbol.asyncDispose]();
  expect(clock.pending).toBe(0);
});

function controllerOf(reconcile: Reconcile, options: Partial<ControllerOptions> = {}): Controller {
  const observer = {
    depth: () => undefined,
    reconciled: (result: string, seconds: number) => told.push(`${result} ${seconds}`),
  };
  const parts = { clock, random: seededRandom(1), logger: log.logger, observer };
  return new Controller({ name: 'pods', reconcile, ...parts, ...options });
}

/** A reconcile that ends when the test says so, and the keys that it was called with. */
function manual(): { readonly reconcile: Reconcile; readonly begun: string[]; readonly end: (key: string) => void } {
  const begun: string[] = [];
  const open = new Map<string, (outcome: Outcome) => void>();
  const reconcile: Reconcile = (key) => {
    begun.push(key);
    return new Promise((resolve) => open.set(key, resolve));
  };
  return { reconcile, begun, end: (key) => open.get(key)?.(settled) };
}

function apiError(kind: ApiErrorKind, retryAfterMs?: number): ApiError {
  return new ApiError({ kind, code: 0, reason: '', message: kind, request: 'PUT x', retryAfterMs });
}

describe('a controller', () => {
  test('reconciles what came before its start, and what comes after', async () => {
    const seen: string[] = [];
    const controller = controllerOf((key) => Promise.resolve((seen.push(key), settled)));
    controller.enqueue('early');
    controller.enqueueAfter('later', 50);
    await settle();
    expect(seen).toEqual([]);
    controller.start(lifetime);
    controller.enqueue('at once');
    await clock.advance(50);
    expect(seen).toEqual(['early', 'at once', 'later']);
  });

  test('works on as many keys at once as it may, and never twice on one', async () => {
    const { reconcile, begun, end } = manual();
    const controller = controllerOf(reconcile, { concurrency: 2 });
    controller.start(lifetime);
    for (const key of ['a', 'b', 'c', 'a']) controller.enqueue(key);
    await settle();
    expect(begun).toEqual(['a', 'b']);
    controller.enqueue('a');
    end('b');
    await settle();
    expect(begun).toEqual(['a', 'b', 'c']);
    end('c');
    await settle();
    expect(begun).toEqual(['a', 'b', 'c']);
    end('a');
    await settle();
    expect(begun).toEqual(['a', 'b', 'c', 'a']);
    end('a');
  });

  test('says at the end of each reconcile what came of it', async () => {
    const controller = controllerOf(() => new Promise((resolve) => void clock.schedule(1_500, () => resolve(settled))));
    controller.start(lifetime);
    controller.enqueue('default/web');
    await clock.advance(1_500);
    const fields = { controller: 'pods', key: 'default/web', outcome: 'settled', seconds: 1.5 };
    expect(log.lines).toEqual([{ level: 'debug', message: 'reconciled', fields }]);
    expect(told).toEqual(['settled 1.5']);
  });

  test('looks again when that was asked for', async () => {
    const controller = controllerOf(() => Promise.resolve({ kind: 'again', afterMs: 1_000 }));
    controller.start(lifetime);
    controller.enqueue('a');
    await clock.advance(999);
    expect(told).toHaveLength(1);
    await clock.advance(2_001);
    expect(told).toEqual(['again 0', 'again 0', 'again 0', 'again 0']);
  });

  test('leaves alone what is stuck', async () => {
    const cause = new Error('no such pool');
    const controller = controllerOf(() => Promise.resolve({ kind: 'stuck', cause }));
    controller.start(lifetime);
    controller.enqueue('a');
    await clock.advance(3_600_000);
    expect(told).toEqual(['stuck 0']);
    expect(log.at('info').map((line) => line.fields['error'])).toEqual([cause]);
  });

  test('starts once', () => {
    const controller = controllerOf(() => Promise.resolve(settled));
    controller.start(lifetime);
    expect(() => controller.start(lifetime)).toThrow(InvariantError);
  });
});

describe('a reconcile that throws', () => {
  test('is tried again with growing waits, until it succeeds', async () => {
    const at: number[] = [];
    const controller = controllerOf(() => {
      at.push(clock.monotonic());
      return at.length < 6 ? Promise.reject(new Error('not yet')) : Promise.resolve(settled);
    });
    controller.start(lifetime);
    controller.enqueue('a');
    await clock.advance(60_000);
    expect(at).toHaveLength(6);
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    waits.forEach((wait, failure) => expect(wait).toBeGreaterThanOrEqual(Math.floor((5 * 2 ** failure) / 2)));
    expect(told.at(-1)).toBe('settled 0');
  });

  test('delays no other key', async () => {
    const seen: string[] = [];
    const controller = controllerOf((key) =>
      key === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve((seen.push(key), settled)),
    );
    controller.start(lifetime);
    for (const key of ['bad', 'a', 'b']) controller.enqueue(key);
    await settle();
    expect(seen).toEqual(['a', 'b']);
  });

  test('waits at least as long as the API server asked', async () => {
    const controller = controllerOf(() => Promise.reject(apiError('throttled', 7_000)));
    controller.start(lifetime);
    controller.enqueue('a');
    await clock.advance(6_999);
    expect(told).toHaveLength(1);
    await clock.advance(1);
    expect(told).toHaveLength(2);
  });

  test.each([
    ['a conflict', apiError('conflict'), 'debug'],
    ['a namespace on its way out', apiError('namespaceTerminating'), 'debug'],
    ['an API server that does not answer', apiError('unavailable'), 'warn'],
    ['any other error', new Error('odd'), 'warn'],
    ['a fault of the program', new InvariantError('two holders'), 'error'],
  ] as const)('says of %s what it should', async (_, error, level) => {
    const controller = controllerOf(() => Promise.reject(error));
    controller.start(lifetime);
    controller.enqueue('a');
    await settle();
    expect(log.lines.find((line) => line.fields['error'] === error)?.level).toBe(level);
  });

  test('may throw before it has a promise', async () => {
    const controller = controllerOf(() => {
      throw new Error('at once');
    });
    controller.start(lifetime);
    controller.enqueue('a');
    await settle();
    expect(told).toEqual(['failed 0']);
  });
});

describe('the end', () => {
  test('of its time aborts a reconcile, which is tried again', async () => {
    const untilAborted: Reconcile = (_, signal) =>
      new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const controller = controllerOf(untilAborted, { deadlineMs: 2_000 });
    controller.start(lifetime);
    controller.enqueue('a');
    await clock.advance(2_000);
    expect(told).toEqual(['failed 2']);
    expect(log.at('warn').map((line) => line.message)).toEqual([
      'a reconcile is over its deadline',
      'a reconcile failed',
    ]);
    await clock.advance(2_010);
    expect(told).toHaveLength(2);
  });

  test('of its time does not let a second reconcile of the key begin beside one that goes on', async () => {
    const { reconcile, begun, end } = manual();
    const controller = controllerOf(reconcile, { deadlineMs: 2_000, concurrency: 2 });
    controller.start(lifetime);
    controller.enqueue('a');
    await clock.advance(60_000);
    controller.enqueue('a');
    await settle();
    expect(begun).toEqual(['a']);
    end('a');
    await settle();
    expect(begun).toEqual(['a', 'a']);
    end('a');
  });

  test('of the lifetime aborts what is in work, waits for it, and says nothing of it', async () => {
    const ended: string[] = [];
    const controller = controllerOf(async (key, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended.push(key);
      throw new Error('given up');
    });
    controller.start(lifetime);
    controller.enqueue('a');
    controller.enqueueAfter('b', 10);
    await settle();
    await lifetime[Symbol.asyncDispose]();
    expect(ended).toEqual(['a']);
    expect(log.lines).toEqual([]);
    controller.enqueue('c');
    await clock.advance(1_000);
    expect(ended).toEqual(['a']);
  });
});
