import { describe, expect, test } from '@jest/globals';
import type { Pod } from '../../../src/kube/index.ts';
import { claimedPorts, hostPortsOf } from '../../../src/workload/claimed.ts';
import { allocator, asking, container, pod, port, served } from './pods.ts';

const game = container('game', [port('http', 8080)]);

/** `of` with its annotations changed; undefined removes an annotation. */
function annotated(of: Pod, changes: Readonly<Record<string, string | undefined>>): Pod {
  // In the order in which the API server writes them.
  const merged = Object.entries({ ...of.metadata.annotations, ...changes }).sort(([a], [b]) => (a < b ? -1 : 1));
  const annotations = Object.fromEntries(merged.flatMap(([key, text]) => (text === undefined ? [] : [[key, text]])));
  return { ...of, metadata: { ...of.metadata, annotations } };
}

describe('the numbers that a pod was given', () => {
  const after = served(pod([game], { annotations: asking({ enabled: 'true' }) }));
  const http = { name: 'http', number: 20_000, protocol: 'TCP', scope: 'PodScoped' };

  test('are those that annotations say and the spec confirms', () => {
    expect(claimedPorts(after)).toEqual([http]);
  });

  test.each([
    ['a number that the spec has not', { 'hostport.io/allocated-http': '20001' }],
    ['no number', { 'hostport.io/allocated-http': 'x' }],
    ['nothing', { 'hostport.io/allocated-http': undefined }],
    ['a number beyond all', { 'hostport.io/allocated-http': '99999' }],
  ])('are none where the annotation says %s', (_, changes) => {
    expect(claimedPorts(annotated(after, changes))).toEqual([]);
  });

  test.each([
    ['settings', { 'hostport.io/enabled': undefined }],
    ['settings that can be read', { 'hostport.io/strategy': 'x' }],
    ['a record', { 'hostport.io/requested': undefined }],
  ])('are found without %s', (_, changes) => {
    expect(claimedPorts(annotated(after, changes))).toEqual([http]);
  });

  test('are found without settings for a pair of ports, as one', () => {
    const dns = container('dns', [port('tcp', 53), port('also', 53, { protocol: 'UDP' })]);
    const pair = annotated(served(pod([dns], { annotations: asking({ enabled: 'true' }) })), {});
    const expected = [{ name: 'tcp', number: 20_000, protocol: 'TCPUDP', scope: 'PodScoped' }];
    expect(claimedPorts(pair)).toEqual(expected);
    expect(claimedPorts(annotated(pair, { 'hostport.io/enabled': undefined }))).toEqual(expected);
  });

  test('are found without settings for an unnamed port', () => {
    const unnamed = served(pod([container('game', [port('', 53)])], { annotations: asking({ enabled: 'true' }) }));
    const expected = [{ name: '53', number: 20_000, protocol: 'TCP', scope: 'PodScoped' }];
    expect(claimedPorts(unnamed)).toEqual(expected);
    expect(claimedPorts(annotated(unnamed, { 'hostport.io/enabled': undefined }))).toEqual(expected);
  });

  test('are no more for what is written on the pod later', () => {
    const entry = { name: 'rtp', env: 'RTP', count: 8, protocol: 'UDP' };
    const of = served(pod([container('game')], { annotations: asking({ 'port-allocator': allocator(entry) }) }));
    const more = asking({ 'port-allocator': allocator({ ...entry, count: 900 }) });
    const one = { name: 'rtp', number: 20_000, protocol: 'UDP', scope: 'PodScoped' };
    expect(claimedPorts(annotated(of, more))).toEqual([one]);
    const single = served(
      pod([container('game')], { annotations: asking({ 'port-allocator': allocator({ ...entry, count: 1 }) }) }),
    );
    expect(claimedPorts(single)).toEqual([one]);
    expect(claimedPorts(annotated(single, more))).toEqual([one]);
  });

  test('are none that a variable reads from an annotation, where they did not come with the Binding', () => {
    const env = [
      { name: 'RTP', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['hostport.io/allocated-rtp']" } } },
    ];
    const plain = pod([{ ...container('game'), env }], {
      annotations: asking({ 'port-allocator': allocator({ name: 'rtp', env: 'RTP' }) }),
    });
    expect(claimedPorts(annotated(plain, asking({ 'allocated-rtp': '20000' })))).toEqual([]);
    const bound = asking({ 'allocated-rtp': '20000', 'node-pool': 'nodes' });
    expect(claimedPorts(annotated(plain, bound))).toMatchObject([{ number: 20_000 }]);
  });

  test('are known by a variable where no port declares them', () => {
    const entries = allocator({ name: 'rtp', env: 'RTP', count: 8, protocol: 'UDP', scope: 'RoleScoped' });
    const of = served(pod([container('game')], { annotations: asking({ 'port-allocator': entries }) }));
    expect(claimedPorts(of)).toEqual([
      { name: 'rtp', number: 20_000, end: 20_007, protocol: 'UDP', scope: 'RoleScoped' },
    ]);
    expect(claimedPorts({ ...of, spec: { ...of.spec, containers: [container('game')] } })).toEqual([]);
  });

  test('are none of a pod that a user annotated', () => {
    const forged = pod([game], { annotations: asking({ enabled: 'true', 'allocated-http': '8080' }) });
    expect(claimedPorts(forged)).toEqual([]);
  });

  test('are not those of another port', () => {
    const two = container('game', [port('http', 8080), port('rcon', 8081, { hostPort: 20_000 })]);
    const forged = pod([two], { annotations: asking({ 'allocated-http': '20000' }) });
    expect(claimedPorts(forged)).toEqual([]);
  });
});

describe('the host ports of a pod that never asked', () => {
  test('are those of its containers and init containers', () => {
    const containers = [
      container('game', [
        port('http', 8080, { hostPort: 80 }),
        port('', 53, { hostPort: 5353, protocol: 'UDP', hostIP: '10.0.0.5' }),
        port('none', 9090),
        port('zero', 9091, { hostPort: 0 }),
      ]),
    ];
    const initContainers = [container('init', [{ containerPort: 81, hostPort: 81 }])];
    expect(hostPortsOf(pod(containers, { spec: { initContainers } }))).toEqual([
      { number: 80, protocol: 'TCP', port: 'http' },
      { number: 5353, protocol: 'UDP', hostIP: '10.0.0.5', port: '53' },
      { number: 81, protocol: 'TCP', port: '81' },
    ]);
  });

  test('are all that it declares on the host network', () => {
    expect(hostPortsOf(pod([game], { spec: { hostNetwork: true } }))).toEqual([
      { number: 8080, protocol: 'TCP', port: 'http' },
    ]);
  });
});
