import { describe, expect, test } from '@jest/globals';
import { countOf, parseRoleInstance, parseRoleInstanceSet } from '../../../src/api/index.ts';
import { stored } from './objects.ts';
import { component, refusedSets, setOf, takenSets } from './role-cases.ts';

const POD_NAMES = 'so that those of pods have 63: choose shorter ones';

describe('a set is refused with', () => {
  test.each(refusedSets)('$title', ({ spec, path, message }) => {
    const parsed = parseRoleInstanceSet(stored('RoleInstanceSet', spec));
    const faults = parsed.ok ? [] : parsed.error;
    expect(faults.filter((fault) => fault.startsWith(path))).not.toEqual([]);
    if (message !== undefined) expect(faults).toContain(`${path}: ${message}`);
  });

  test.each([
    [
      'prefill.v2',
      'leader',
      'the name of a RoleInstanceSet has no dots, because it becomes part of host names: write "-" instead',
    ],
    [
      'p'.repeat(46),
      'leader',
      `the names of a RoleInstanceSet and of a component have at most 51 characters together, ${POD_NAMES}`,
    ],
  ])('the name %s', (name, of, message) => {
    const parsed = parseRoleInstanceSet(stored('RoleInstanceSet', setOf([component({ name: of })]), name));
    expect(parsed).toEqual({ ok: false, error: [message] });
  });
});

describe('a set is taken with', () => {
  test.each(takenSets)('%s', (_, spec) => {
    expect(parseRoleInstanceSet(stored('RoleInstanceSet', spec))).toMatchObject({ ok: true, value: { spec } });
  });

  test('the longest name that fits', () => {
    expect(parseRoleInstanceSet(stored('RoleInstanceSet', setOf([component()]), 'p'.repeat(45))).ok).toBe(true);
  });
});

test('a set has defaults', () => {
  const parsed = parseRoleInstanceSet(stored('RoleInstanceSet', setOf([component()])));
  expect(parsed.ok && parsed.value.spec).toEqual({
    replicas: 1,
    identity: 'Stateful',
    podManagementPolicy: 'Parallel',
    updateStrategy: { type: 'RollingUpdate', partition: 0, maxUnavailable: '10%' },
    minReadySeconds: 0,
    template: {
      spec: {
        restartPolicy: { type: 'None', baseDelaySeconds: 30, maxDelaySeconds: 600 },
        components: [{ ...component(), size: 1 }],
      },
    },
  });
});

describe('an instance', () => {
  const longest = 'p'.repeat(51);

  test('may be for itself, or for a moment without components', () => {
    expect(parseRoleInstance(stored('RoleInstance', { components: [component()] }, longest)).ok).toBe(true);
    expect(parseRoleInstance(stored('RoleInstance', { components: [] })).ok).toBe(true);
  });

  test('has a name that leaves room for those of its pods', () => {
    const parsed = parseRoleInstance(stored('RoleInstance', { components: [component()] }, `${longest}p`));
    const message = `the names of a RoleInstance and of a component have at most 57 characters together, ${POD_NAMES}`;
    expect(parsed).toEqual({ ok: false, error: [message] });
  });
});

test.each([
  [3, 100, 3],
  ['10%', 300, 30],
  ['10%', 19, 2],
  ['10%', 3, 1],
  ['50%', 5, 3],
  ['100%', 7, 7],
  ['33%', 0, 1],
])('%s of %d are %d', (value, total, count) => {
  expect(countOf(value, total)).toBe(count);
});
