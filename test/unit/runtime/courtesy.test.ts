import { beforeEach, describe, expect, test } from '@jest/globals';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { Courtesy } from '../../../src/runtime/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const never = new AbortController().signal;

let clock: FakeClock;
let courtesy: Courtesy;
/** The running tasks in the order of their start, each with the function that ends it. */
let running: Map<string, () => void>;

beforeEach(() => {
  clock = new FakeClock();
  courtesy = new Courtesy(clock, { calmAfterMs: 1_000, atOnce: 3 });
  running = new Map();
});

function begin(name: string, signal = never): Promise<void> {
  const task = (): Promise<void> => new Promise((resolve) => void running.set(name, resolve));
  return courtesy.run(task, signal).finally(() => running.delete(name));
}

async function end(name: string): Promise<void> {
  running.get(name)?.();
  await clock.advance(0);
}

async function beginAll(...names: readonly string[]): Promise<void> {
  for (const name of names) void begin(name);
  await clock.advance(0);
}

const now = (): readonly string[] => [...running.keys()];

describe('work that gives way', () => {
  test('runs so many at once while nobody is busy, the first that came first', async () => {
    await beginAll('a', 'b', 'c', 'd', 'e');
    expect(now()).toEqual(['a', 'b', 'c']);
    await end('b');
    expect(now()).toEqual(['a', 'c', 'd']);
  });

  test('goes on one by one while somebody is busy', async () => {
    courtesy.busy();
    await beginAll('a', 'b', 'c');
    expect(now()).toEqual(['a']);
    await clock.advance(900);
    courtesy.busy();
    await clock.advance(900);
    await end('a');
    expect(now()).toEqual(['b']);
  });

  test('makes up for it as soon as nobody is, and lets nobody overtake who waits', async () => {
    courtesy.busy();
    await beginAll('a', 'b', 'c', 'd', 'e');
    await clock.advance(1_000);
    await end('a');
    expect(now()).toEqual(['b', 'c', 'd']);
    await beginAll('f');
    await end('b');
    expect(now()).toEqual(['c', 'd', 'e']);
  });

  test('has room again where a task failed', async () => {
    courtesy.busy();
    const failing = courtesy.run(() => Promise.reject(new Error('broken')), never);
    await beginAll('a');
    await expect(failing).rejects.toThrow('broken');
    await clock.advance(0);
    expect(now()).toEqual(['a']);
  });

  test('is left by whoever no longer waits', async () => {
    courtesy.busy();
    await beginAll('a');
    const gone = new AbortController();
    const waiting = begin('b', gone.signal);
    await beginAll('c');
    gone.abort();
    await expect(waiting).rejects.toThrow(CancelledError);
    await end('a');
    expect(now()).toEqual(['c']);
  });
});
