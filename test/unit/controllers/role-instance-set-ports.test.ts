import { expect, test } from '@jest/globals';
import { shownChange } from '../../../src/controllers/role-instance-set/index.ts';

type Arguments = Parameters<typeof shownChange>;

/** A template in which each of `components` has a RoleScoped port. */
function template(...components: readonly string[]): Arguments[2][number] {
  const allocations = [{ name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped', protocol: 'TCP', count: 1 }];
  return {
    spec: {
      components: components.map((name) => ({ name, size: 1, ports: { allocations, references: [] }, template: {} })),
    },
  } as never;
}

function change(shown: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>, keepsMore = false) {
  const ports = { annotations: wanted, keepsMore };
  return shownChange({ metadata: { annotations: shown } as never }, ports, [template('leader', 'router')]);
}

test.each([
  ['nothing, when all is shown', { 'leader.http': '1', mine: '2' }, { 'leader.http': '1' }, undefined],
  ['what is missing', {}, { 'leader.http': '1' }, { 'leader.http': '1' }],
  ['what was changed', { 'leader.http': '9' }, { 'leader.http': '1' }, { 'leader.http': '1' }],
  [
    'what a former template had',
    { 'leader.http': '1', 'router.http': '2' },
    { 'leader.http': '1' },
    { 'router.http': null },
  ],
  ['nothing that looks like it and is of the user', { 'other.http': '2' }, {}, undefined],
])('a set is given %s', (_, shown, wanted, expected) => {
  expect(change(shown, wanted)).toEqual(expected);
});

test('what a former template had stays shown as long as its port is held for pods that are left', () => {
  expect(change({ 'router.http': '2' }, {}, true)).toBeUndefined();
});
