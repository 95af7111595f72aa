import { describe, expect, test } from '@jest/globals';
import { EventAggregation } from '../../../src/kube/event-aggregation.ts';
import type { Occurrence } from '../../../src/kube/index.ts';

function occurrence(change: Partial<Occurrence> = {}, name = 'game'): Occurrence {
  const regarding = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name, uid: `uid-of-${name}` };
  return { regarding, type: 'Normal', reason: 'Allocated', message: 'got 20001', ...change };
}

describe('occurrences', () => {
  test('that are alike make one series', () => {
    const aggregation = new EventAggregation();
    const first = aggregation.note(occurrence(), 1_000);
    const second = aggregation.note(occurrence(), 5_000);
    expect(second).toBe(first);
    expect(second).toMatchObject({ count: 2, firstMs: 1_000, lastMs: 5_000 });
  });

  test.each<[string, Occurrence]>([
    ['reason', occurrence({ reason: 'Released' })],
    ['message', occurrence({ message: 'got 20002' })],
    ['type', occurrence({ type: 'Warning' })],
    ['object', occurrence({}, 'other')],
  ])('of another %s make another series', (_, different) => {
    const aggregation = new EventAggregation();
    expect(aggregation.note(different, 0)).not.toBe(aggregation.note(occurrence(), 0));
  });

  test('far apart make another series', () => {
    const aggregation = new EventAggregation({ seriesMs: 1_000 });
    const first = aggregation.note(occurrence(), 0);
    expect(aggregation.note(occurrence(), 2_000)).not.toBe(first);
  });
});

describe('an object that says too much', () => {
  test('is silenced alone, and may say one more for each refill', () => {
    const aggregation = new EventAggregation({ burst: 2, refillMs: 10_000 });
    const heard = (name: string, at: number) => aggregation.note(occurrence({}, name), at) !== undefined;
    expect([heard('loud', 0), heard('loud', 0), heard('loud', 0)]).toEqual([true, true, false]);
    expect(heard('quiet', 0)).toBe(true);
    expect([heard('loud', 10_000), heard('loud', 10_000)]).toEqual([true, false]);
  });
});

describe('memory', () => {
  test('is bounded: the oldest series is forgotten', () => {
    const aggregation = new EventAggregation({ memory: 2 });
    const first = aggregation.note(occurrence({}, 'a'), 0);
    aggregation.note(occurrence({}, 'b'), 0);
    aggregation.note(occurrence({}, 'c'), 0);
    expect(aggregation.note(occurrence({}, 'a'), 0)).not.toBe(first);
  });
});
