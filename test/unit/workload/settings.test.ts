import { describe, expect, test } from '@jest/globals';
import { readPodSettings } from '../../../src/workload/settings.ts';
import { allocator, asking, container, controller, pod, port, settingsOf, statefulSet } from './pods.ts';

const game = [container('game', [port('http', 8080), port('', 9090)])];
const RBG = 'rolebasedgroup.workloads.x-k8s.io/port-allocator';
const oneEntry = allocator({ name: 'grpc', env: 'GRPC_PORT' });

describe('a pod asks for nothing', () => {
  test.each([
    ['without annotations', undefined],
    ['with annotations of others alone', { 'example.com/enabled': 'true' }],
    ['with the switch off', asking({ enabled: 'false' })],
    ['with the switch off, whatever else it says', asking({ enabled: 'false', pool: 'media', sticky: 'true' })],
    ['with results alone', asking({ 'allocated-http': '20000', reservation: 'x', requested: '{}' })],
  ])('%s', (_, annotations) => {
    const of = pod(game, annotations === undefined ? {} : { annotations });
    expect(readPodSettings(of)).toEqual({ ok: true, value: undefined });
  });
});

describe('settings are read', () => {
  test('with what holds where nothing is said', () => {
    expect(settingsOf(pod(game, { annotations: asking({ enabled: 'true' }) }))).toEqual({
      enabled: true,
      strategy: 'Sequential',
      policy: 'Dynamic',
      keep: new Set(),
      network: 'Host',
      sticky: false,
    });
  });

  test('all of them', () => {
    const annotations = asking({
      enabled: 'true',
      pool: 'from-30558',
      'base-port': '30558',
      strategy: 'Random',
      policy: 'Dynamic',
      keep: 'http, 9090',
      network: 'Pod',
      sticky: 'true',
      'port-allocator': oneEntry,
    });
    expect(settingsOf(pod(game, { annotations, owner: statefulSet }))).toEqual({
      enabled: true,
      poolName: 'from-30558',
      basePort: 30558,
      strategy: 'Random',
      policy: 'Dynamic',
      keep: new Set(['http', '9090']),
      network: 'Pod',
      sticky: true,
      portAllocator: {
        allocations: [{ name: 'grpc', env: 'GRPC_PORT', scope: 'PodScoped', protocol: 'TCP', count: 1 }],
        references: [],
      },
    });
  });

  test('an allocation needs no switch', () => {
    const settings = settingsOf(pod(game, { annotations: asking({ allocation: 'match.7' }) }));
    expect(settings).toMatchObject({ enabled: false, allocationName: 'match.7', network: 'Host' });
  });

  test.each([
    ['hostport.io/port-allocator', undefined, 'Pod'],
    [RBG, undefined, 'Pod'],
    [RBG, true, 'Host'],
  ] as const)('%s alone leaves a pod with hostNetwork %s on network %s', (key, hostNetwork, network) => {
    const spec = hostNetwork === undefined ? {} : { hostNetwork };
    const settings = settingsOf(pod(game, { annotations: { [key]: oneEntry }, spec }));
    expect(settings).toMatchObject({ enabled: false, network, portAllocator: { allocations: [{ name: 'grpc' }] } });
  });

  test('with the switch off, a port allocator asks all the same', () => {
    const annotations = asking({ enabled: 'false', 'port-allocator': oneEntry });
    expect(settingsOf(pod(game, { annotations })).portAllocator?.allocations).toHaveLength(1);
  });
});

describe('is refused with its text and what to write instead:', () => {
  const on = (settings: Readonly<Record<string, string>>) => asking({ enabled: 'true', ...settings });

  test.each([
    [asking({ enabled: 'yes' }), 'hostport.io/enabled: "yes" is neither "true" nor "false": write one of them'],
    [asking({ enabled: 'True' }), '"True" is neither "true" nor "false"'],
    [on({ 'base-port': 'http' }), 'hostport.io/base-port: "http" is no port: write a number from 1 to 65535'],
    [on({ 'base-port': '0' }), '"0" is no port'],
    [on({ 'base-port': '65536' }), '"65536" is no port'],
    [on({ 'base-port': '3e4' }), '"3e4" is no port'],
    [on({ strategy: 'random' }), 'hostport.io/strategy: "random" is none of Stride, Sequential, Random: write one'],
    [on({ policy: 'Static' }), 'hostport.io/policy: "Static" is none of Dynamic, Passthrough: write one'],
    [on({ network: 'host' }), 'hostport.io/network: "host" is none of Host, Pod: write one'],
    [on({ keep: 'grpc' }), 'hostport.io/keep: "grpc" is no port of a container of the pod: write some of http, 9090'],
    [on({ keep: 'http,' }), 'hostport.io/keep: "http," is no list of ports'],
    [
      on({ keep: 'http', policy: 'Passthrough' }),
      '"Passthrough" keeps the numbers of all ports: remove hostport.io/keep',
    ],
    [on({ pool: 'My_Pool' }), 'hostport.io/pool: "My_Pool" is not the name of a pool: write lower case letters'],
    [on({ pool: 'p'.repeat(64) }), 'is too long: write a name of at most 63 characters'],
    [on({ allocation: 'Match' }), 'hostport.io/allocation: "Match" is not the name of a PortAllocation'],
    [on({ sticky: '1' }), 'hostport.io/sticky: "1" is neither "true" nor "false"'],
    [on({ sticky: 'true' }), 'hostport.io/sticky: "true" is for the pods of StatefulSets: remove it'],
    [{ ...on({}), 'kubernetes.io/config.mirror': 'abc' }, 'a static pod runs from a file of its node'],
    [asking({ pool: 'media' }), 'hostport.io/pool does nothing by itself: write hostport.io/enabled: "true", too'],
    [asking({ sticky: 'false' }), 'hostport.io/sticky does nothing by itself'],
    [asking({ enabled: 'false', allocation: 'a' }), 'hostport.io/enabled: "false" contradict each other'],
    [
      asking({ allocation: 'a', pool: 'media' }),
      'hostport.io/pool has no effect on the numbers of hostport.io/allocation',
    ],
    [asking({ allocation: 'a', 'port-allocator': oneEntry }), 'both say where numbers come from: remove one of them'],
    [on({ base_port: '30558' }), 'no setting hostport.io/base_port: write hostport.io/base-port'],
    [asking({ enable: 'true' }), 'there is no setting hostport.io/enable: write hostport.io/enabled'],
    [on({ Strategy: 'Random' }), 'there is no setting hostport.io/Strategy: write hostport.io/strategy'],
    [on({ protocols: 'UDP' }), 'there is no setting hostport.io/protocols: write one of enabled, pool, base-port'],
    [asking({ enabled: 'false', pol: 'x' }), 'there is no setting hostport.io/pol: write hostport.io/pool'],
    [{ ...asking({ 'port-allocator': oneEntry }), [RBG]: oneEntry }, 'mean the same: write one of them'],
    [{ [RBG]: '{' }, `${RBG} is no JSON`],
    [asking({ 'port-allocator': '' }), 'hostport.io/port-allocator is no JSON'],
    [
      asking({ 'port-allocator': '{"references": [{"env": "A", "from": "router.main.http"}]}' }),
      'references are told to the pods of a RoleInstanceSet alone: remove "references"',
    ],
  ])('%j', (annotations, message) => {
    const read = readPodSettings(pod(game, { annotations }));
    expect(read).toMatchObject({
      ok: false,
      error: { reason: 'InvalidRequest', message: expect.stringContaining(message) },
    });
  });

  test('more settings than anybody reads, of which a few are named', () => {
    const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`setting-${at}`, 'true']));
    const read = readPodSettings(pod(game, { annotations: asking(many) }));
    expect(read).toMatchObject({
      error: { message: expect.stringContaining('hostport.io/setting-9: write one of') },
    });
    expect(read).toMatchObject({
      error: { message: expect.stringMatching(/; there are 49990 more .*: take them out$/) },
    });
  });

  test.each([
    ['a sticky pod of a Deployment', { owner: controller('apps/v1', 'ReplicaSet') }],
    ['a sticky pod of a StatefulSet that is none', { owner: controller('example.com/v1', 'StatefulSet') }],
    ['a sticky pod that a StatefulSet owns without controlling it', { owner: { ...statefulSet, controller: false } }],
  ])('%s', (_, parts) => {
    const annotations = on({ sticky: 'true' });
    expect(readPodSettings(pod(game, { annotations, ...parts }))).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('is for the pods of StatefulSets') },
    });
  });

  test('a sticky pod with an allocation', () => {
    const annotations = asking({ allocation: 'a', sticky: 'true' });
    expect(readPodSettings(pod(game, { annotations, owner: statefulSet }))).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('hostport.io/sticky: "true" keeps numbers of a pool') },
    });
  });

  test.each([
    [{ hostUsers: false }, on({}), 'spec.hostUsers: false is not for the host network'],
    [{ hostUsers: false }, asking({ allocation: 'a' }), 'spec.hostUsers: false is not for the host network'],
    [{ hostNetwork: true }, on({ network: 'Pod' }), '"Pod" and spec.hostNetwork: true contradict each other'],
  ])('%j with %j', (spec, annotations, message) => {
    expect(readPodSettings(pod(game, { annotations, spec }))).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining(message) },
    });
  });

  test('all faults at once', () => {
    const read = readPodSettings(pod(game, { annotations: on({ strategy: 'x', policy: 'y' }) }));
    expect(read).toMatchObject({
      ok: false,
      error: { message: expect.stringMatching(/"x" is none.*; .*"y" is none/) },
    });
  });

  test('but hostUsers: false is fine where the pod stays on its own network', () => {
    const annotations = on({ network: 'Pod' });
    expect(settingsOf(pod(game, { annotations, spec: { hostUsers: false } })).network).toBe('Pod');
  });
});
