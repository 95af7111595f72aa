import { describe, expect, test } from '@jest/globals';
import type { Container, PodSpec } from '../../../src/kube/index.ts';
import { requestedRoom, roomIn, trimPod } from '../../../src/workload/index.ts';
import { container, pod } from './pods.ts';

const games = 'ports.hostport.io/games';

const asking = (name: string, count: string, more: Partial<Container> = {}): Container =>
  container(name, [], { resources: { requests: { cpu: '1', [games]: count } }, ...more });

describe('the room that a pod requests', () => {
  test.each<[string, readonly Container[], Partial<PodSpec>, number | undefined]>([
    ['is none where nothing asks for it', [container('a')], {}, undefined],
    ['is that of its containers together', [asking('a', '2'), container('b'), asking('c', '1')], {}, 3],
    ['is that of an init container that needs more', [asking('a', '2')], { initContainers: [asking('i', '5')] }, 5],
    ['is not that of an init container that needs less', [asking('a', '2')], { initContainers: [asking('i', '1')] }, 2],
    [
      'counts an init container that goes on with the containers, and with those that start after it',
      [asking('a', '1')],
      { initContainers: [asking('s', '2', { restartPolicy: 'Always' }), asking('i', '3')] },
      5,
    ],
  ])('%s', (_, containers, spec, expected) => {
    expect(requestedRoom(pod(containers, { spec })).get(games)).toBe(expected);
  });

  test.each(['Succeeded', 'Failed'])('is none when it has %s, because the scheduler counts it no longer', (phase) => {
    expect(requestedRoom(pod([asking('a', '2')], { status: { phase } })).size).toBe(0);
  });

  test('is kept of pods that have nothing else to do with us', () => {
    const kept = trimPod(pod([asking('a', '2'), container('b')]));
    expect(requestedRoom(kept).get(games)).toBe(2);
    expect(kept.spec.containers).toEqual([{ name: 'a', resources: { requests: { [games]: '2' } } }, { name: 'b' }]);
  });
});

describe('a quantity', () => {
  test.each([
    ['0', 0],
    ['6', 6],
    ['1k', 1000],
    ['28232', 28_232],
    ['2Ki', 2048],
    ['3e3', 3000],
    ['1.5k', 1500],
    ['many', 0],
  ])('%s is %d', (text, count) => {
    expect(roomIn({ [games]: text }).get(games)).toBe(count);
  });

  test('of another resource is no room', () => {
    expect(roomIn({ cpu: '4', 'hostport.io/games': '3' }).size).toBe(0);
  });
});
