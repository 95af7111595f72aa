import { beforeEach, describe, expect, test } from '@jest/globals';
import { KeyBatch } from '../../../src/runtime/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';

let clock: FakeClock;
let batches: (readonly string[])[];
let batch: KeyBatch;

beforeEach(() => {
  clock = new FakeClock();
  batches = [];
  batch = new KeyBatch(clock, { lullMs: 50, atMostMs: 200 }, (keys) => batches.push(keys));
});

describe('a batch of keys', () => {
  test('is handed on after a lull, each key once', async () => {
    for (const key of ['a', 'b', 'a']) batch.add(key);
    await clock.advance(49);
    expect(batches).toEqual([]);
    await clock.advance(1);
    expect(batches).toEqual([['a', 'b']]);
  });

  test('does not wait for a lull for ever', async () => {
    for (let at = 0; at < 10; at++) {
      batch.add(`key-${at}`);
      await clock.advance(30);
    }
    expect(batches.map((keys) => keys.length)).toEqual([7]);
    await clock.advance(50);
    expect(batches.flat()).toHaveLength(10);
  });

  test('hands nothing on once it is disposed', async () => {
    batch.add('a');
    batch[Symbol.dispose]();
    await clock.advance(1_000);
    expect(batches).toEqual([]);
  });
});
