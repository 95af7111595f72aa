import { describe, expect, test } from '@jest/globals';
import { lookUpRole, resolveReferences } from '../../../../src/workload/role/index.ts';
import type { ReferredNumbers, RoleLookup } from '../../../../src/workload/role/index.ts';
import type { RoleInstanceSet } from '../../../../src/api/index.ts';
import { component, given, portsOf, setOf } from './roles.ts';

const leader = component('leader', {
  size: 2,
  ports: {
    allocations: [
      { name: 'grpc', env: 'GRPC' },
      { name: 'http', env: 'HTTP', scope: 'RoleScoped' },
    ],
  },
});
const bare = component('bare');
const numbers = {
  role: given({ 'leader.http': 20_001 }),
  pod: given({ 'leader-0.grpc': 20_010, 'leader-1.grpc': 20_011 }),
};
const router = setOf(
  'router-v1',
  [
    component('main', {
      ports: {
        allocations: [
          { name: 'http', env: 'HTTP', scope: 'RoleScoped' },
          { name: 'own', env: 'OWN' },
        ],
      },
    }),
  ],
  { role: 'router' },
);
const twin = setOf('router-v2', [component('main')], { role: 'router' });
const going = (set: RoleInstanceSet): RoleInstanceSet => ({
  ...set,
  metadata: { ...set.metadata, deletionTimestamp: '2026-01-02T03:04:05Z' },
});

interface World {
  readonly sets?: readonly RoleInstanceSet[];
  readonly allocated?: boolean;
}

/** What the references `from` of a worker of role `prefill` resolve to. */
function resolve(from: readonly string[], { sets = [router], allocated = true }: World = {}): ReferredNumbers {
  const references = from.map((each, at) => ({ env: `REF_${at}`, from: each }));
  const set = setOf('prefill', [leader, bare, component('worker', { ports: { references } })]);
  const components = portsOf(set.spec.template.spec.components);
  const worker = components[2];
  if (worker === undefined) throw new Error('no worker');
  const lookup: RoleLookup = (reference, text) =>
    lookUpRole(
      { reference, from: text, own: 'prefill' },
      sets.filter(({ spec }) => spec.role === reference.role),
      () => given(allocated ? { 'main.http': 20_100 } : {}),
    );
  const none = { role: given({}), pod: given({}) };
  return resolveReferences(worker, { role: 'prefill', components, numbers: allocated ? numbers : none }, lookup);
}

describe('a reference comes to', () => {
  test.each([
    ['the PodScoped port of pod 0', 'prefill.leader.grpc', 20_010],
    ['that of pod 0 by its index', 'prefill.leader[0].grpc', 20_010],
    ['that of another pod', 'prefill.leader[1].grpc', 20_011],
    ['the RoleScoped port', 'prefill.leader.http', 20_001],
    ['the RoleScoped port of another role', 'router.main.http', 20_100],
  ])('%s', (_, from, number) => {
    expect(resolve([from])).toEqual({ kind: 'numbers', numbers: new Map([['REF_0', number]]) });
  });

  test('a number each, where there are several', () => {
    expect(resolve(['prefill.leader.grpc', 'router.main.http'])).toEqual({
      kind: 'numbers',
      numbers: new Map([
        ['REF_0', 20_010],
        ['REF_1', 20_100],
      ]),
    });
    expect(resolve([])).toEqual({ kind: 'numbers', numbers: new Map() });
  });
});

describe('a reference waits for', () => {
  test.each<[string, string, World, string]>([
    [
      'a number of its own role',
      'prefill.leader.grpc',
      { allocated: false },
      'reference "prefill.leader.grpc" waits: its port has no number yet',
    ],
    [
      'a number of another role',
      'router.main.http',
      { allocated: false },
      'reference "router.main.http" waits: its port has no number yet',
    ],
    [
      'a role',
      'router.main.http',
      { sets: [] },
      'reference "router.main.http" waits: there is no RoleInstanceSet of role "router" (this one\'s role is "prefill")',
    ],
    [
      'a role whose set is going',
      'router.main.http',
      { sets: [going(router)] },
      'there is no RoleInstanceSet of role "router"',
    ],
  ])('%s', (_, from, world, message) => {
    const referred = resolve([from], world);
    expect(referred).toMatchObject({ kind: 'waiting' });
    expect('message' in referred && referred.message).toContain(message);
  });
});

describe('a reference is refused to', () => {
  test.each<[string, string, string, World?]>([
    [
      'an unknown component',
      'prefill.leadr.grpc',
      'reference "prefill.leadr.grpc": role "prefill" has no component "leadr": write one of leader, bare, worker',
    ],
    [
      'an unknown port',
      'prefill.leader.gprc',
      'reference "prefill.leader.gprc": component "leader" of role "prefill" has no port "gprc": write one of grpc, http',
    ],
    [
      'a component without ports',
      'prefill.bare.grpc',
      'reference "prefill.bare.grpc": component "bare" of role "prefill" has no port "grpc": it has no port',
    ],
    [
      'a pod beyond the size',
      'prefill.leader[2].grpc',
      'reference "prefill.leader[2].grpc": component "leader" has no pod 2: write an index from 0 to 1',
    ],
    [
      'a pod of a RoleScoped port',
      'prefill.leader[0].http',
      'reference "prefill.leader[0].http": port "http" is RoleScoped, one number for all pods: leave [0] out',
    ],
    [
      'a PodScoped port of another role',
      'router.main.own',
      'reference "router.main.own": port "own" of component "main" is PodScoped, and role "router" is another role, of which only RoleScoped ports can be told: make it RoleScoped there',
    ],
    [
      'an unknown component of another role',
      'router.mian.http',
      'reference "router.mian.http": role "router" has no component "mian": write one of main',
    ],
    [
      'an unknown port of another role',
      'router.main.htp',
      'reference "router.main.htp": component "main" of role "router" has no port "htp": write one of http, own',
    ],
    [
      'a role of two sets',
      'router.main.http',
      'reference "router.main.http": role "router" is that of the RoleInstanceSets "router-v1" and "router-v2": keep one of them',
      { sets: [twin, router] },
    ],
  ])('%s', (_, from, message, world = {}) => {
    expect(resolve([from], world)).toEqual({ kind: 'fault', message });
  });

  test('what is wrong before anything is waited for', () => {
    expect(resolve(['router.main.http', 'prefill.leader[9].grpc'], { sets: [] })).toMatchObject({ kind: 'fault' });
  });

  test('a set that is going is no second one', () => {
    expect(resolve(['router.main.http'], { sets: [going(twin), router] })).toMatchObject({ kind: 'numbers' });
  });
});
