import { describe, expect, test } from '@jest/globals';
import { parseSelectorText, selectorMatches } from '../../../src/api/index.ts';
import type { LabelSelector } from '../../../src/kube/index.ts';

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

const web = { app: 'web', tier: 'a', 'example.com/zone': 'north' };

/** Whether `text`, which can be read, means an object with `labels`. */
function means(text: string, labels: Readonly<Record<string, string>>): boolean {
  const parsed = parseSelectorText(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return selectorMatches(parsed.value, labels);
}

describe('the text of a label selector', () => {
  test.each([
    ['app=web', true],
    ['app==web', true],
    [' app = web , tier in ( a , b ) ', true],
    ['app=web,tier in (b,c)', false],
    ['tier in (a)', true],
    ['tier notin (a,b)', false],
    ['size notin (a,b)', true],
    ['app!=web', false],
    ['size!=large', true],
    ['app', true],
    ['size', false],
    ['!size', true],
    ['! app', false],
    ['example.com/zone=north,app', true],
    ['app=', false],
    ['in=x', false],
    ['tier in (a),!size,app notin (db)', true],
  ])('%s', (text, matches) => {
    expect(means(text, web)).toBe(matches);
  });

  test('with an empty value means an empty label, as with kubectl', () => {
    expect(means('app=', { app: '' })).toBe(true);
    expect(means('app in (,web)', { app: '' })).toBe(true);
  });

  test.each([
    ['', 'a part of it is empty'],
    ['app=web,', 'a part of it is empty'],
    ['app in web', '"app in web" can\'t be read'],
    ['app in (web', '"app in (web" can\'t be read'],
    ['app=web tier=a', '"app=web tier=a" can\'t be read'],
    ['app=web,-tier=a', '"-tier=a" can\'t be read'],
    ['app=(web)', '"app=(web)" can\'t be read'],
    ['app in (we b)', '"app in (we b)" can\'t be read'],
    ['!app=web', '"!app=web" can\'t be read'],
    ['a/b/c=d', '"a/b/c=d" can\'t be read'],
    [`app=${'x'.repeat(64)}`, `"app=${'x'.repeat(64)}" can't be read`],
    ['size>3', '"size>3" compares by size, which is not known here'],
  ])('%j is refused', (text, error) => {
    expect(parseSelectorText(text)).toEqual({ ok: false, error });
  });
});
