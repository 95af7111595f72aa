import { expect, test } from '@jest/globals';
import { decideAllocation, numbersIn } from '../../../src/roles/index.ts';
import type { AllocationStep } from '../../../src/roles/index.ts';
import { allocation, port, wanted } from './some-allocation.ts';
import type { Differences } from './some-allocation.ts';

const BARE = { finalizers: ['hostport.io/release'] };

test.each<[string, readonly string[], Differences | undefined, AllocationStep['kind']]>([
  ['none, and none is wanted', [], undefined, 'keep'],
  ['none', ['http'], undefined, 'create'],
  ['ours, as wanted', ['http'], {}, 'keep'],
  ['ours, in another order', ['a', 'b'], { ports: [port('b'), port('a')] }, 'keep'],
  ['ours, with another port', ['http', 'grpc'], {}, 'update'],
  ['ours, with another protocol', ['http'], { ports: [port('http', { protocol: 'UDP' })] }, 'update'],
  ['ours, of another size', ['http'], { ports: [port('http', { count: 2 })] }, 'update'],
  ['ours, without our finalizer', ['http'], BARE, 'update'],
  ['ours, and nothing is wanted', [], {}, 'remove'],
  ['ours, deleted, and kept for our pods', ['http'], { isGoing: true }, 'keep'],
  ['ours, deleted, with other ports than wanted', ['grpc'], { isGoing: true }, 'keep'],
  ['ours, deleted and not kept', ['http'], { isGoing: true, ...BARE }, 'wait'],
  ['ours, deleted, and nothing is wanted', [], { isGoing: true }, 'wait'],
  ['of a former set of this name', ['http'], { uid: 'uid-before' }, 'remove'],
  ['of a former set of this name, and nothing is wanted', [], { uid: 'uid-before' }, 'remove'],
  ['of a former set of this name, deleted', ['http'], { uid: 'uid-before', isGoing: true }, 'wait'],
  ['let go of by a set of this name', ['http'], { uid: null }, 'update'],
  ['let go of by a set of this name, and nothing is wanted', [], { uid: null }, 'remove'],
  ["a person's", ['http'], { uid: null, labels: {} }, 'foreign'],
  ["a person's, and nothing is wanted", [], { uid: null, labels: {} }, 'keep'],
  ['of another set', ['http'], { uid: 'uid-other', controller: { name: 'decode' } }, 'foreign'],
  ['of another kind', ['http'], { uid: 'uid-other', controller: { kind: 'RoleInstance' } }, 'foreign'],
])('found: %s', (_, names, found, kind) => {
  const step = decideAllocation(wanted(...names), found === undefined ? undefined : allocation(found));
  expect(step.kind).toBe(kind);
});

test.each([
  ['as it is now', 1, {}, 20_001],
  ['of an earlier spec', 0, {}, undefined],
  ['of an allocation that may be released', 1, BARE, undefined],
  ['of a port that is asked for no more', 1, { ports: [port('grpc')] }, undefined],
] as const)('a number counts from a status %s', (_, observedGeneration, differences, number) => {
  const condition = {
    ...({ type: 'Allocated', status: 'True', reason: 'Allocated', message: '', observedGeneration } as const),
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const status = { ports: [{ name: 'http', protocol: 'TCP' as const, port: 20_001 }], conditions: [condition] };
  expect(numbersIn({ ...allocation(differences), status }).get('http')?.port).toBe(number);
});
