import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { WorkQueue } from '../../../src/runtime/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';

let clock: FakeClock;
let queue: WorkQueue;
let depths: number[];
const never = new AbortController().signal;

beforeEach(() => {
  clock = new FakeClock();
  depths = [];
  queue = new WorkQueue({ clock, random: seededRandom(1), onDepth: (depth) => depths.push(depth) });
});
afterEach(() => {
  queue[Symbol.dispose]();
  expect(clock.pending).toBe(0);
});

/** Takes all keys that wait, without finishing any. */
async function takeAll(): Promise<string[]> {
  const taken: string[] = [];
  while (queue.depth > 0) taken.push(await queue.take(never));
  return taken;
}

describe('a work queue', () => {
  test('gives keys in the order in which they were first added, each once', async () => {
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(queue.depth).toBe(3);
    expect(await takeAll()).toEqual(['a', 'b', 'c']);
  });

  test('hands a key to whoever has waited longest', async () => {
    const takers = [queue.take(never), queue.take(never)];
    queue.add('a');
    queue.add('b');
    expect(await Promise.all(takers)).toEqual(['a', 'b']);
    expect(queue.depth).toBe(0);
  });

  test('keeps a key that is in work from other workers, and brings it back once afterwards', async () => {
    queue.add('a');
    await queue.take(never);
    queue.add('a');
    queue.add('a');
    queue.add('b');
    expect(await takeAll()).toEqual(['b']);
    queue.done('a');
    expect(await takeAll()).toEqual(['a']);
    queue.done('a');
    expect(queue.depth).toBe(0);
  });

  test('goes on taking keys in after it was empty', async () => {
    for (const key of ['a', 'b', 'c']) {
      queue.add(key);
      expect(await queue.take(never)).toBe(key);
      queue.done(key);
    }
  });

  test('drains a hundred thousand keys without slowing down', async () => {
    const total = 100_000;
    for (let key = 0; key < total; key++) queue.add(String(key));
    const began = performance.now();
    for (let key = 0; key < total; key++) queue.done(await queue.take(never));
    // Takes well under a second. It would take many if each step had to skip the gaps of all earlier steps.
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test('lets a taker give up, and loses no key by it', async () => {
    const leaving = new AbortController();
    const first = queue.take(leaving.signal);
    leaving.abort();
    await expect(first).rejects.toBeInstanceOf(CancelledError);
    await expect(queue.take(leaving.signal)).rejects.toBeInstanceOf(CancelledError);
    queue.add('a');
    expect(await queue.take(never)).toBe('a');
  });

  test('tells its depth', async () => {
    queue.add('a');
    queue.add('b');
    await queue.take(never);
    expect(depths).toEqual([1, 2, 1]);
  });
});

describe('a key that comes later', () => {
  test('comes when its time is over, and no sooner', async () => {
    queue.addAfter('a', 100);
    await clock.advance(99);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(await takeAll()).toEqual(['a']);
  });

  test.each([
    ['sooner', 100, 40],
    ['later', 40, 100],
  ])('comes once, at the earlier time, when a second call says %s', async (_, first, second) => {
    queue.addAfter('a', first);
    queue.addAfter('a', second);
    await clock.advance(40);
    expect(await takeAll()).toEqual(['a']);
    queue.done('a');
    await clock.advance(1_000);
    expect(queue.depth).toBe(0);
  });

  test.each([0, -1, Number.NaN])('comes at once for a delay of %d', async (delay) => {
    queue.addAfter('a', delay);
    expect(await takeAll()).toEqual(['a']);
  });

  test.each([Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
    'does not come at once for a delay of %d',
    async (delay) => {
      queue.addAfter('a', delay);
      await clock.advance(86_400_000);
      expect(queue.depth).toBe(0);
    },
  );

  test('does not come when the queue has ended', async () => {
    queue.addAfter('a', 100);
    queue[Symbol.dispose]();
    queue.add('b');
    queue.addAfter('c', 1);
    await clock.advance(100);
    expect(queue.depth).toBe(0);
  });
});

describe('the back-off', () => {
  test('doubles from 5 ms to 30 s, each wait in the upper half', () => {
    for (let failure = 0; failure < 40; failure++) {
      const wait = queue.retry('a');
      const full = Math.min(30_000, 5 * 2 ** failure);
      expect(wait).toBeGreaterThanOrEqual(Math.floor(full / 2));
      expect(wait).toBeLessThanOrEqual(full);
    }
  });

  test('is kept for each key by itself, until it is forgotten', () => {
    for (let failure = 0; failure < 10; failure++) queue.retry('a');
    expect(queue.retry('b')).toBeLessThanOrEqual(5);
    queue.forget('a');
    expect(queue.retry('a')).toBeLessThanOrEqual(5);
  });

  test('is no shorter than asked', () => {
    expect(queue.retry('a', 2_000)).toBe(2_000);
  });
});
