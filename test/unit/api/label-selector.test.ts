import { describe, expect, test } from '@jest/globals';
import { selectorMatches } from '../../../src/api/index.ts';
import type { LabelSelector } from '../../../src/api/index.ts';

const labels = { team: 'red', tier: 'game' };

describe('a label selector', () => {
  test.each<[string, boolean, LabelSelector]>([
    ['that is empty means everybody', true, {}],
    ['wants each label', false, { matchLabels: { team: 'red', tier: 'test' } }],
    ['takes who has each label', true, { matchLabels: { team: 'red', tier: 'game' } }],
    ['takes one of the values', true, { matchExpressions: [{ key: 'team', operator: 'In', values: ['blue', 'red'] }] }],
    ['takes no other value', false, { matchExpressions: [{ key: 'team', operator: 'In', values: ['blue'] }] }],
    ['finds nothing in an absent label', false, { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }],
    ['excludes a value', false, { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['red'] }] }],
    ['excludes no absent label', true, { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }],
    ['asks for presence', true, { matchExpressions: [{ key: 'tier', operator: 'Exists' }] }],
    ['misses what is absent', false, { matchExpressions: [{ key: 'zone', operator: 'Exists' }] }],
    ['asks for absence', true, { matchExpressions: [{ key: 'zone', operator: 'DoesNotExist' }] }],
    ['minds what is present', false, { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }],
    [
      'wants both parts',
      false,
      { matchLabels: { team: 'red' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
    ],
  ])('%s', (_, matches, selector) => {
    expect(selectorMatches(selector, labels)).toBe(matches);
  });

  test('takes an object without labels for one with none of them', () => {
    expect(selectorMatches({ matchLabels: { team: 'red' } }, undefined)).toBe(false);
    expect(selectorMatches({})).toBe(true);
  });
});
