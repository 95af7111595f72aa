import { describe, expect, test } from '@jest/globals';
import { WaitTimeoutError, until } from '../../../src/cli/installation/wait.ts';
import type { WaitOptions } from '../../../src/cli/installation/wait.ts';

/** A clock in which every pause passes at once. */
function waiting(lines: string[] = []): WaitOptions {
  let now = 0;
  return {
    clock: {
      now: () => now,
      monotonic: () => now,
      schedule(delayMs, task) {
        now += delayMs;
        queueMicrotask(task);
        return { [Symbol.dispose]: () => undefined };
      },
    },
    stallMs: 12_000,
    report: (line) => void lines.push(line),
  };
}

const never = new AbortController().signal;

describe('a wait', () => {
  test('ends with what came about, also when that is false', async () => {
    let calls = 0;
    expect(await until(waiting(), 'it', () => Promise.resolve(++calls < 3 ? undefined : false), never)).toBe(false);
    expect(calls).toBe(3);
  });

  test('is given up, after it was told what for', async () => {
    const lines: string[] = [];
    const wait = until(waiting(lines), 'the deletion of namespace/ports', () => Promise.resolve(undefined), never);
    await expect(wait).rejects.toThrow(
      new WaitTimeoutError('gave up waiting for the deletion of namespace/ports after 12 s'),
    );
    expect(lines).toEqual([
      'waiting for the deletion of namespace/ports',
      'waiting for the deletion of namespace/ports',
    ]);
  });

  test('ends when it is cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(until(waiting(), 'it', () => Promise.resolve(undefined), signal)).rejects.toThrow('cancelled');
  });
});
