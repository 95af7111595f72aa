import { describe, expect, test } from '@jest/globals';
import type { Pod } from '../../../src/kube/index.ts';
import { readPod, shouldCache } from '../../../src/workload/index.ts';
import { asking, container, controller, pod, port, served } from './pods.ts';

const RBG = 'rolebasedgroup.workloads.x-k8s.io/port-allocator';
const instance = controller('workloads.x-k8s.io/v1alpha2', 'RoleInstance');
const config = JSON.stringify({
  allocations: [{ name: 'grpc', env: 'GRPC_PORT', scope: 'PodScoped' }],
  references: [{ env: 'ROUTER_PORT', from: 'router.main.http' }],
});
const game = [container('game', [port('http', 8080)])];

describe('what is read of a pod', () => {
  test('that asks for nothing is that', () => {
    const plain = pod(game);
    expect(readPod(plain)).toEqual({ kind: 'none', original: plain });
  });

  test('that was served is what it asked for at first', () => {
    const asked = pod(game, { annotations: asking({ enabled: 'true' }) });
    const { kind, ...request } = readPod(asked);
    expect(kind).toBe('request');
    expect(readPod(served(asked))).toEqual({ kind, ...request });
    expect(request).toMatchObject({
      original: asked,
      settings: { enabled: true },
      demand: { ports: [{ name: 'http' }] },
    });
  });

  test('whose settings are wrong is the refusal', () => {
    expect(readPod(pod(game, { annotations: asking({ enabled: 'yes' }) }))).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'InvalidRequest' },
    });
  });

  test('whose settings are right, and ports wrong, is the refusal with the settings', () => {
    const twice = [container('game', [port('http', 8080), port('http', 8081)])];
    expect(readPod(pod(twice, { annotations: asking({ enabled: 'true' }) }))).toMatchObject({
      kind: 'refused',
      settings: { enabled: true },
    });
  });
});

describe('a pod of RoleBasedGroup', () => {
  const annotations = { [RBG]: config };
  const theirs = pod(game, { annotations, owner: instance });

  test('passes by, whatever its port-allocator says, and is not kept', () => {
    for (const text of [config, 'rubbish', '{"allocations":[{"name":"x","env":"X","scope":"RoleScoped"}]}']) {
      const each = pod(game, { annotations: { [RBG]: text }, owner: instance, spec: { nodeName: 'n1' } });
      expect(readPod(each)).toEqual({ kind: 'none', original: each });
      expect(shouldCache(each, undefined)).toBe(false);
    }
  });

  test('is served what it asks of us in our own words', () => {
    const both = pod(game, { annotations: { ...annotations, ...asking({ enabled: 'true' }) }, owner: instance });
    expect(readPod(both)).toMatchObject({ kind: 'request', original: both, demand: { ports: [{ name: 'http' }] } });
  });

  test.each<[string, Pod]>([
    ['is one by its controller alone', pod(game, { annotations, owner: { ...instance, controller: false } })],
    ['is none of another group', pod(game, { annotations, owner: controller('workloads.x-k8s.io.evil/v1', 'X') })],
    ['is none without an owner', pod(game, { annotations })],
  ])('%s', (_, each) => {
    expect(readPod(each)).toMatchObject({
      kind: 'refused',
      refusal: { message: expect.stringContaining('references') },
    });
  });

  test('that an earlier version served keeps its numbers', () => {
    const text = JSON.stringify({ allocations: [{ name: 'grpc', env: 'GRPC_PORT' }] });
    const asked = pod(game, { annotations: { [RBG]: text } });
    const before = served(asked);
    const owned = { ...before, metadata: { ...before.metadata, ownerReferences: [instance] } };
    expect(readPod(owned)).toMatchObject({ kind: 'request', demand: { ports: [{ name: 'grpc' }] } });
    expect(readPod(theirs).kind).toBe('none');
  });
});
