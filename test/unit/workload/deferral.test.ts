import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Pod } from '../../../src/kube/index.ts';
import {
  boundAnnotations,
  isBoundWithoutPorts,
  isDeferredDemand,
  nodePoolFault,
  deferralFault,
  deferPorts,
} from '../../../src/workload/index.ts';
import type { AssignedNumbers } from '../../../src/workload/index.ts';
import { claimedPorts } from '../../../src/workload/claimed.ts';
import { withoutInjection } from '../../../src/workload/without-injection.ts';
import { allocator, asking, container, needs, pod, port, requestOf, statefulSet } from './pods.ts';
import { somePod } from './some-pod.ts';

const DEFERRAL = { poolName: 'nodes', reservation: 'token' };
const ROOM = { resource: 'ports.hostport.io/nodes', amount: '2' };
const GAME = [port('game', 7000, { protocol: 'UDP' }), port('rcon', 27_015)];

function deferred(of: Pod, more: { readonly room?: typeof ROOM } = {}): Pod {
  return deferPorts(requestOf(of), { ...DEFERRAL, ...more });
}

/** `of` on a node, with the annotations that the API server copies from its Binding. */
function bound(of: Pod): Pod {
  const demand = needs(withoutInjection(of));
  const given: AssignedNumbers = new Map(
    demand.ports.map(({ name, number, count }, at) => {
      const first = number ?? 7000 + 100 * at;
      return [name, { number: first, end: first + count - 1 }];
    }),
  );
  const annotations = { ...of.metadata.annotations, ...boundAnnotations(demand, given) };
  return { ...of, metadata: { ...of.metadata, annotations }, spec: { ...of.spec, nodeName: 'n1' } };
}

/** The pod as the API server returns it. */
function stored(of: Pod): Pod {
  return JSON.parse(JSON.stringify(of)) as Pod;
}

describe('a pod that waits for its node', () => {
  const game = pod([container('server', GAME), container('sidecar')], { annotations: asking({ enabled: 'true' }) });
  const { spec, metadata } = deferred(game, { room: ROOM });

  test('reads in every container what its Binding will say', () => {
    const reading = (name: string, key: string) => ({
      name,
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.annotations['hostport.io/allocated-${key}']` } },
    });
    for (const { env } of spec.containers) {
      expect(env).toEqual([reading('HOSTPORT_GAME', 'game'), reading('HOSTPORT_RCON', 'rcon')]);
    }
  });

  test('is on the host network and declares no port whose number nobody knows', () => {
    expect(spec).toMatchObject({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' });
    expect(spec.containers[0]).not.toHaveProperty('ports');
  });

  test('asks its node for room, with its first container', () => {
    expect(spec.containers.map(({ resources }) => resources)).toEqual([
      { requests: { [ROOM.resource]: '2' }, limits: { [ROOM.resource]: '2' } },
      undefined,
    ]);
  });

  test('says which pool its numbers will be of', () => {
    expect(metadata.annotations).toMatchObject(asking({ 'node-pool': 'nodes', reservation: 'token' }));
  });

  test('leaves ports that keep their numbers where they are, for the scheduler to see', () => {
    const keeping = pod([container('server', GAME)], { annotations: asking({ enabled: 'true', keep: 'rcon' }) });
    expect(deferred(keeping).spec.containers[0]?.ports).toEqual([
      { name: 'rcon', protocol: 'TCP', containerPort: 27_015, hostPort: 27_015 },
    ]);
  });

  test('is known to lack its ports once it is on a node without them', () => {
    const waiting = deferred(game);
    expect(isBoundWithoutPorts(waiting)).toBe(false);
    expect(isBoundWithoutPorts({ ...waiting, spec: { ...waiting.spec, nodeName: 'n1' } })).toBe(true);
    expect(isBoundWithoutPorts(bound(waiting))).toBe(false);
  });

  test('is not given what its edited settings ask for, when that is not what its containers wait for', () => {
    const waiting = deferred(game);
    const { 'hostport.io/enabled': _, ...others } = waiting.metadata.annotations ?? {};
    const annotations = { ...others, 'hostport.io/port-allocator': allocator({ name: 'other', env: 'OTHER' }) };
    const edited = { ...waiting, metadata: { ...waiting.metadata, annotations } };
    expect(isDeferredDemand(waiting, needs(withoutInjection(waiting)))).toBe(true);
    expect(isDeferredDemand(edited, needs(withoutInjection(edited)))).toBe(false);
  });
});

test('a block is told with its last number', () => {
  const media = pod([container('server')], {
    annotations: asking({ 'port-allocator': allocator({ name: 'rtp', env: 'RTP', count: 8, protocol: 'UDP' }) }),
    spec: { hostNetwork: true },
  });
  const { metadata, spec } = bound(deferred(media));
  expect(metadata.annotations).toMatchObject(asking({ 'allocated-rtp': '7000', 'allocated-rtp_END': '7007' }));
  expect(spec.containers[0]?.env?.map(({ name }) => name)).toEqual(['RTP', 'RTP_END']);
  expect(claimedPorts(bound(deferred(media)))).toEqual([
    { name: 'rtp', number: 7000, end: 7007, protocol: 'UDP', scope: 'PodScoped' },
  ]);
});

describe('of any pod', () => {
  test('what it asked for is known while it waits and when it is bound, and taking it away gives back what its user wrote', () => {
    fc.assert(
      fc.property(somePod, fc.boolean(), (before, hasRoom) => {
        const waiting = stored(deferred(before, hasRoom ? { room: ROOM } : {}));
        expect(withoutInjection(waiting)).toEqual(before);
        const there = stored(bound(waiting));
        expect(withoutInjection(there)).toEqual({ ...before, spec: { ...before.spec, nodeName: 'n1' } });
        expect(isDeferredDemand(waiting, needs(before))).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('what it was given is known from what it carries, once it is bound', () => {
    fc.assert(
      fc.property(somePod, (before) => {
        const names = claimedPorts(stored(bound(deferred(before)))).map(({ name }) => name);
        expect(names).toEqual(needs(before).ports.map(({ name }) => name));
        expect(claimedPorts(stored(deferred(before)))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});

describe('what a number that comes with the Binding is not for', () => {
  const asked = { enabled: 'true' };
  const probe = (port: number | string) => ({ readinessProbe: { httpGet: { port, path: '/' } } });
  const server = (parts = {}) => container('server', [port('http', 8080)], parts);
  const cases: readonly [string, Pod, string][] = [
    [
      'a probe that calls the port by its name',
      pod([server(probe('http'))], { annotations: asking(asked) }),
      'container "server": readinessProbe.httpGet calls port "http", whose number of pool "nodes" is known only when the pod is bound: write an exec handler whose shell reads $HOSTPORT_HTTP (in a probe $(…) stays empty), have the port keep its number with hostport.io/keep: "http", or name a pool of scope Cluster',
    ],
    [
      'a probe of a sidecar that calls it by its number',
      pod([server(), container('sidecar', [], probe(8080))], { annotations: asking(asked) }),
      'container "sidecar": readinessProbe.httpGet calls port "8080"',
    ],
    [
      'a number that all pods of a controller share',
      pod([server()], {
        annotations: asking({ 'port-allocator': allocator({ name: 'http', env: 'P', scope: 'RoleScoped' }) }),
        spec: { hostNetwork: true },
      }),
      'port "http" is RoleScoped, one number for pods on any node, and pool "nodes" has scope Node: write scope PodScoped',
    ],
    [
      'numbers that an ordinal keeps',
      pod([server()], { annotations: asking({ ...asked, sticky: 'true' }), owner: statefulSet }),
      'hostport.io/sticky: "true" keeps a number wherever the pod goes',
    ],
    [
      'a pod on a network of its own',
      pod([server()], { annotations: asking({ ...asked, network: 'Pod' }) }),
      'its numbers are for pods on the host network: write spec.hostNetwork: true, or hostport.io/network: "Host"',
    ],
    [
      'a block whose last number has no room for its annotation',
      pod([server()], {
        annotations: asking({ 'port-allocator': allocator({ name: 'r'.repeat(53), env: 'R', count: 2 }) }),
        spec: { hostNetwork: true },
      }),
      'has 53 characters: write one of at most 49',
    ],
  ];
  test.each(cases)('%s', (_, of, says) => {
    expect(nodePoolFault(requestOf(of), 'nodes') ?? deferralFault(requestOf(of), 'nodes')).toContain(says);
  });

  test('everything else may have it: probes of other ports, and of ports that keep their numbers', () => {
    const settings = { annotations: asking({ ...asked, keep: 'admin' }) };
    const calls = { livenessProbe: { tcpSocket: { port: 'admin' } }, readinessProbe: { exec: { command: ['true'] } } };
    const of = pod([container('server', [port('http', 8080), port('admin', 9000)], calls)], settings);
    expect(deferralFault(requestOf(of), 'nodes')).toBeUndefined();
  });
});
