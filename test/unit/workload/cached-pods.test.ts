import { describe, expect, test } from '@jest/globals';
import { roleLabels } from '../../../src/api/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { hostPortsOf, mayUsePorts, shouldCache, trimPod } from '../../../src/workload/index.ts';
import { asking, container, pod, port } from './pods.ts';

const http = port('http', 8080);
const web = container('web', [http]);
const mapped = container('web', [port('http', 8080, { hostPort: 8080 })]);
const bound = { nodeName: 'n1' };
const roomy = container('web', [], { resources: { requests: { cpu: '1', 'ports.hostport.io/games': '1' } } });

const ordinary = pod([web], { spec: bound, status: { phase: 'Running' } });
const unbound = pod([web]);
const asked = pod([web], { annotations: asking({ enabled: 'true' }), spec: bound });
const onHost = pod([web], { spec: { ...bound, hostNetwork: true } });

describe('a pod', () => {
  test.each<[string, Pod, boolean]>([
    ['with nothing of ours, on a node', ordinary, false],
    [
      'with annotations and labels of others',
      pod([web], { annotations: { a: 'b' }, labels: { app: 'x' }, spec: bound }),
      false,
    ],
    ['that waits to be bound', unbound, true],
    ['whose node is said to be none', pod([web], { spec: { nodeName: '' } }), true],
    ['that asks for ports', asked, true],
    [
      'that asks for ports in the words of RBG',
      pod([web], { annotations: { 'rolebasedgroup.workloads.x-k8s.io/port-allocator': '[]' }, spec: bound }),
      true,
    ],
    ['of a role instance', pod([web], { labels: { [roleLabels.roleInstance]: 'r-0' }, spec: bound }), true],
    ['with a host port', pod([mapped], { spec: bound }), true],
    ['with a host port of an init container', pod([web], { spec: { ...bound, initContainers: [mapped] } }), true],
    [
      'with a host port of 0, which is none',
      pod([container('web', [port('', 80, { hostPort: 0 })])], { spec: bound }),
      false,
    ],
    ['on the host network, with a port', onHost, true],
    [
      'on the host network, with a port of an init container',
      pod([], { spec: { ...bound, hostNetwork: true, initContainers: [web] } }),
      true,
    ],
    ['on the host network, without a port', pod([container('web')], { spec: { ...bound, hostNetwork: true } }), false],
    ['that requests room', pod([roomy], { spec: bound }), true],
    ['with a host port, that has finished', pod([mapped], { spec: bound, status: { phase: 'Succeeded' } }), false],
    ['that has finished before it was bound', pod([web], { status: { phase: 'Failed' } }), false],
    ['that asked for ports, and has finished', { ...asked, status: { phase: 'Failed' } }, true],
  ])('%s is kept: see the last column', (_, each, expected) => {
    expect(shouldCache(each, undefined)).toBe(expected);
  });

  test.each<[string, Pod, Pod, boolean]>([
    ['waited, and is bound', unbound, ordinary, false],
    ['waited, and is bound to the host network', pod([web], { spec: { hostNetwork: true } }), onHost, true],
    ['had annotations of ours, and has none', asked, ordinary, true],
    ['has none, and had none', ordinary, ordinary, false],
    [
      'had a host port, and has finished',
      pod([mapped], { spec: bound }),
      pod([mapped], { spec: bound, status: { phase: 'Succeeded' } }),
      true,
    ],
    [
      'had finished already',
      pod([mapped], { spec: bound, status: { phase: 'Succeeded' } }),
      pod([mapped], { spec: bound, status: { phase: 'Succeeded' } }),
      false,
    ],
  ])('that %s', (_, before, after, expected) => {
    expect(shouldCache(after, trimPod(before))).toBe(expected);
  });
});

describe('what is kept of a pod', () => {
  test('that asked for ports is everything', () => {
    expect(trimPod(asked)).toBe(asked);
  });

  test('that waits to be bound is who it is, and nothing that others don’t have', () => {
    const [one, other] = [trimPod(unbound), trimPod({ ...unbound, metadata: { ...unbound.metadata, uid: 'other' } })];
    expect(one.metadata).toEqual(unbound.metadata);
    expect(one.spec).toBe(other.spec);
    expect(one.spec.containers).toEqual([]);
  });

  test('with host ports is where it has which, and how it fares once it goes', () => {
    const state = { running: { startedAt: '2026-01-01T00:00:00Z' } };
    const containerStatuses = [{ name: 'web', ready: true, state, image: 'x', imageID: 'y' }];
    const status = { phase: 'Running', podIP: '10.0.0.7', containerStatuses };
    const running = pod([container('web', [http], { env: [{ name: 'A', value: 'b' }] })], {
      spec: { ...bound, hostNetwork: true },
      status,
    });
    const kept = trimPod(running);
    expect(kept.spec).toEqual({ hostNetwork: true, nodeName: 'n1', containers: [{ name: 'web', ports: [http] }] });
    expect(kept.status).toEqual({ phase: 'Running' });
    expect(hostPortsOf(kept)).toEqual(hostPortsOf(running));
    const going = { ...running, metadata: { ...running.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect(trimPod(going).status?.containerStatuses).toEqual([{ name: 'web', state }]);
    expect(mayUsePorts(trimPod(going))).toBe(true);
  });
});
