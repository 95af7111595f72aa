import { describe, expect, test } from '@jest/globals';
import { patchFor, showsRoom, showsSameRoom } from '../../../src/controllers/room/index.ts';
import type { Node } from '../../../src/kube/index.ts';

type Resources = Readonly<Record<string, string>>;

function node(capacity?: Resources, allocatable = capacity): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', uid: 'u1', resourceVersion: '1', creationTimestamp: '2026-11-21T00:00:00Z' },
    status: {
      ...(capacity === undefined ? {} : { capacity }),
      ...(allocatable === undefined ? {} : { allocatable }),
    },
  };
}

const games = 'ports.hostport.io/games';
const others = 'ports.hostport.io/others';

describe('the patch of a node', () => {
  test.each<[string, Node, Record<string, number>, object | undefined]>([
    ['is none where the node shows what it should', node({ cpu: '4', [games]: '6' }), { [games]: 6 }, undefined],
    ['is none where it writes the number in another way', node({ [games]: '1k' }), { [games]: 1000 }, undefined],
    ['is none where there is nothing to show', node({ cpu: '4' }), {}, undefined],
    [
      'adds what is missing, in both places',
      node({ cpu: '4' }),
      { [games]: 6 },
      { capacity: { [games]: '6' }, allocatable: { [games]: '6' } },
    ],
    [
      'writes only where something is wrong: a kubelet copies the one to the other in its own time',
      node({ [games]: '6' }, { [games]: '5' }),
      { [games]: 6 },
      { capacity: {}, allocatable: { [games]: '6' } },
    ],
    [
      'shows that nothing is left',
      node({ [games]: '6' }),
      { [games]: 0 },
      { capacity: { [games]: '0' }, allocatable: { [games]: '0' } },
    ],
    [
      'takes away what nobody advertises any more, and leaves all others alone',
      node({ cpu: '4', 'example.com/gpu': '1', [games]: '6', [others]: '2' }),
      { [others]: 2 },
      { capacity: { [games]: null }, allocatable: { [games]: null } },
    ],
    [
      'takes away what stands in one place only',
      node({ cpu: '4' }, { [games]: '6' }),
      {},
      { capacity: {}, allocatable: { [games]: null } },
    ],
  ])('%s', (_, object, room, status) => {
    expect(patchFor(object, new Map(Object.entries(room)))).toEqual(status === undefined ? undefined : { status });
  });
});

test('a node shows room when either place does', () => {
  expect(showsRoom(node())).toBe(false);
  expect(showsRoom(node({ cpu: '4' }))).toBe(false);
  expect(showsRoom(node({ cpu: '4' }, { [games]: '0' }))).toBe(true);
});

test('what else changes on a node is no change of its room; its first report is', () => {
  const before = node({ cpu: '4', [games]: '6' });
  expect(showsSameRoom(before, node({ cpu: '8', [games]: '6' }))).toBe(true);
  expect(showsSameRoom(before, node({ cpu: '4' }))).toBe(false);
  expect(showsSameRoom(before, node({ cpu: '4', [games]: '6' }, { [games]: '5' }))).toBe(false);
  expect(showsSameRoom(node(), node({ cpu: '4' }))).toBe(false);
});
