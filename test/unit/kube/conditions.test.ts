import { describe, expect, test } from '@jest/globals';
import { dropCondition, findCondition, isConditionTrue, setCondition } from '../../../src/kube/index.ts';
import type { Condition, Finding } from '../../../src/kube/index.ts';

const before = '2026-01-01T00:00:00Z';
const now = '2026-01-02T00:00:00Z';
const finding: Finding = {
  type: 'Ready',
  status: 'True',
  reason: 'Fine',
  message: 'all is well',
  observedGeneration: 1,
};
const held: Condition = { ...finding, lastTransitionTime: before };
const other: Condition = { type: 'Other', status: 'Unknown', reason: 'New', message: '', lastTransitionTime: before };

describe('setting a condition', () => {
  test('adds what is new at the end', () => {
    expect(setCondition([other], finding, now)).toEqual([other, { ...finding, lastTransitionTime: now }]);
  });

  test('gives the same array when nothing changes', () => {
    const conditions = [held, other];
    expect(setCondition(conditions, finding, now)).toBe(conditions);
  });

  test.each<[string, Partial<Finding>, string]>([
    ['a new status moves the time of transition', { status: 'False' }, now],
    ['a new reason does not', { reason: 'Better' }, before],
    ['a new message does not', { message: 'still' }, before],
    ['a new generation does not', { observedGeneration: 2 }, before],
  ])('%s', (_, change, lastTransitionTime) => {
    expect(setCondition([held, other], { ...finding, ...change }, now)).toEqual([
      { ...finding, ...change, lastTransitionTime },
      other,
    ]);
  });
});

describe('reading conditions', () => {
  test('finds by type, also where there are none', () => {
    expect(findCondition([other, held], 'Ready')).toBe(held);
    expect(findCondition(undefined, 'Ready')).toBeUndefined();
    expect([isConditionTrue([held], 'Ready'), isConditionTrue([other], 'Other')]).toEqual([true, false]);
  });

  test('drops by type', () => {
    const conditions = [held, other];
    expect(dropCondition(conditions, 'Ready')).toEqual([other]);
    expect(dropCondition(conditions, 'Missing')).toBe(conditions);
  });
});
