import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { claimsOf, create, whenHeld } from './holdings.ts';
import { ENABLED, HTTP, allocatorOf, podOf, workloadOf } from './manifests.ts';
import type { Asked } from './manifests.ts';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 1 });
  const { objects } = hostport;
  await objects.createPool('vip', {
    ranges: ['19000-19009'],
    namespaceSelector: { matchLabels: { tier: 'vip' } },
  });
  await objects.createPool('rationed', { ranges: ['19100-19109'], maxPortsPerNamespace: 1 });
  await objects.createPool('tiny', { ranges: ['19200'] });
  await objects.createAllocation('voice', [{ name: 'rtp', protocol: 'UDP' }]);
  await objects.given('voice');
  for (const [name, pool] of Object.entries({ 'has-ration': 'rationed', 'has-tiny': 'tiny' })) {
    await create(hostport, podOf(name, { settings: { ...ENABLED, pool } }));
    await whenHeld(hostport, `default/${name}`, 1);
  }
});
afterAll(async () => hostport[Symbol.asyncDispose]());

const entry = { name: 'grpc', env: 'GRPC_PORT' };
const withAllocator = (...allocations: readonly object[]): Asked => ({
  settings: { 'port-allocator': allocatorOf(...allocations) },
});

/** What is wrong, how the pod asks, and what must be in the answer: the value that was written, and what would do. */
const cases: readonly (readonly [string, Asked, readonly string[]])[] = [
  [
    'a base port outside every pool',
    { settings: { ...ENABLED, 'base-port': '45000' } },
    ['PortOutsidePool', 'base port 45000', 'write a number of one of', '20000-29999'],
  ],
  [
    'a base port outside the pool that is named',
    { settings: { ...ENABLED, 'base-port': '30558', pool: 'default' } },
    ['PortOutsidePool', '30558', 'pool "default" (20000-29999)', '"from-30558"'],
  ],
  [
    'a base port that is no port',
    { settings: { ...ENABLED, 'base-port': '99999' } },
    ['hostport.io/base-port: "99999"', 'write a number from 1 to 65535'],
  ],
  [
    'an unknown strategy',
    { settings: { ...ENABLED, strategy: 'Fastest' } },
    ['hostport.io/strategy: "Fastest"', 'Sequential', 'Random', 'Stride'],
  ],
  [
    'an unknown policy',
    { settings: { ...ENABLED, policy: 'Static' } },
    ['hostport.io/policy: "Static"', 'Dynamic', 'Passthrough'],
  ],
  [
    'an unknown network',
    { settings: { ...ENABLED, network: 'Bridge' } },
    ['hostport.io/network: "Bridge"', 'Host', 'Pod'],
  ],
  ['enabled: "True"', { settings: { enabled: 'True' } }, ['hostport.io/enabled: "True"', '"true"', '"false"']],
  ['an empty enabled', { settings: { enabled: '' } }, ['hostport.io/enabled: ""', '"true"', '"false"']],
  [
    'a misspelt setting',
    { settings: { ...ENABLED, stratgy: 'Random' } },
    ['there is no setting hostport.io/stratgy', 'write hostport.io/strategy'],
  ],
  [
    'settings without enabled',
    { settings: { strategy: 'Random' } },
    ['hostport.io/strategy does nothing by itself', 'hostport.io/enabled: "true"'],
  ],
  [
    'a port to keep that is not there',
    { settings: { ...ENABLED, keep: 'grpc' } },
    ['hostport.io/keep: "grpc"', 'write some of http'],
  ],
  [
    'sticky on a pod by itself',
    { settings: { ...ENABLED, sticky: 'true' } },
    ['hostport.io/sticky: "true"', 'StatefulSet', 'use a PortAllocation'],
  ],
  [
    'JSON that is broken',
    { settings: { 'port-allocator': '{"allocations": [{"name": "grpc"' } },
    ['hostport.io/port-allocator is no JSON near `{"name": "grpc"`', 'correct it there'],
  ],
  [
    'JSON of another shape',
    { settings: { 'port-allocator': '{"ports": []}' } },
    ['hostport.io/port-allocator', 'unknown field "ports"', 'write only allocations'],
  ],
  [
    'an unknown scope',
    withAllocator({ ...entry, scope: 'Cluster' }),
    ['"Cluster" is no scope', 'write one of PodScoped, RoleScoped'],
  ],
  [
    'a name that is there twice',
    withAllocator(entry, { ...entry, env: 'OTHER' }),
    ['name "grpc" is used by allocations[0]', 'write another one'],
  ],
  [
    'an env that is no name',
    withAllocator({ ...entry, env: '1GRPC' }),
    ['"1GRPC" is not a name for an environment variable', 'not a digit first'],
  ],
  [
    'an annotation key that is none',
    withAllocator({ ...entry, annotationKey: 'Example.com/grpc port' }),
    ['"Example.com/grpc port" is not a key for an annotation', 'example.com/grpc-port'],
  ],
  [
    'an annotation key that is Hostport’s',
    withAllocator({ ...entry, annotationKey: 'hostport.io/enabled' }),
    ['"hostport.io/enabled" is not for you to write', 'take a prefix of your own'],
  ],
  [
    'two names for one env',
    withAllocator(entry, { ...entry, name: 'other' }),
    ['env "GRPC_PORT" is used by allocations[0]', 'write another one'],
  ],
  [
    'both keys of the port allocator',
    {
      settings: { 'port-allocator': allocatorOf(entry) },
      annotations: { 'rolebasedgroup.workloads.x-k8s.io/port-allocator': allocatorOf(entry) },
    },
    ['hostport.io/port-allocator and rolebasedgroup.workloads.x-k8s.io/port-allocator', 'write one of them'],
  ],
  [
    'a scope in another case',
    withAllocator({ ...entry, scope: 'roleScoped' }),
    ['"roleScoped" is no scope', 'RoleScoped'],
  ],
  [
    'a port name that is there twice',
    { spec: { initContainers: [{ name: 'init', image: 'game', ports: [HTTP] }] } },
    ['the name "http" is used by the containers', 'give each port of the pod a name of its own'],
  ],
  [
    'names that give one env',
    {
      ports: [
        { name: 'a-1', containerPort: 1 },
        { name: 'b', containerPort: 2 },
      ],
      settings: { ...ENABLED, 'port-allocator': allocatorOf({ name: 'c', env: 'HOSTPORT_A_1' }) },
    },
    ['env HOSTPORT_A_1', '"a-1"', '"c"', 'rename one of them'],
  ],
  [
    'hostUsers: false on the host network',
    { spec: { hostUsers: false } },
    ['spec.hostUsers: false', 'remove it', 'hostport.io/network: "Pod"'],
  ],
  [
    'a pool that is not there',
    { settings: { ...ENABLED, pool: 'golden' } },
    ['PoolNotFound', 'there is no PortPool "golden"', 'name one of', '"default"'],
  ],
  [
    'a pool that the namespace may not use',
    { settings: { ...ENABLED, pool: 'vip' } },
    ['NamespaceNotAllowed', 'namespace "default" may not use pool "vip"', 'tier', 'name another pool'],
  ],
  [
    'a quota that is used up',
    { settings: { ...ENABLED, pool: 'rationed' } },
    ['QuotaExceeded', 'holds 1 of the 1 numbers', '"rationed"', 'raise the pool'],
  ],
  [
    'a pool that is full',
    { settings: { ...ENABLED, pool: 'tiny' } },
    ['PoolExhausted', 'pool "tiny"', 'port "http"', 'name another pool'],
  ],
  [
    'a written host port that somebody has',
    { settings: { ...ENABLED, network: 'Pod', pool: 'tiny' }, ports: [{ ...HTTP, hostPort: 19200 }] },
    ['PortHeld', '19200', 'Pod default/has-tiny', 'write another number'],
  ],
  [
    'an allocation that is not there',
    { settings: { allocation: 'match-9' } },
    ['hostport.io/allocation', 'no PortAllocation "match-9"', 'namespace "default"', 'create it'],
  ],
  [
    'an allocation without a port of that name',
    { settings: { allocation: 'voice' } },
    ['PortAllocation "voice" has no port "http"', 'it has "rtp"', 'name the container port'],
  ],
  [
    'an allocation for another protocol',
    { settings: { allocation: 'voice' }, ports: [{ name: 'rtp', containerPort: 5004 }] },
    ['port "rtp" of PortAllocation "voice" is for UDP', "the container's is TCP", 'make them the same'],
  ],
  [
    'an allocation and a pool',
    { settings: { allocation: 'voice', pool: 'default' } },
    ['hostport.io/pool', 'hostport.io/allocation', 'remove one of them'],
  ],
];

describe('kubectl apply of a pod', () => {
  test.each(cases)(
    'with %s is refused at once, in words that quote it and say what would do',
    async (_, asked, says) => {
      const before = await claimsOf(hostport);
      const { code, stderr } = await hostport.kubectl(['apply', '-f', '-'], podOf('bad', asked));
      expect(code).toBe(1);
      expect(stderr).toContain('admission webhook "pods.hostport.io" denied the request');
      for (const words of says) expect(unescaped(stderr)).toContain(words);
      expect(await claimsOf(hostport)).toEqual(before);
      expect((await hostport.kubectl(['get', 'pod', 'bad'])).code).toBe(1);
    },
  );

  test('with enabled: "false" is as if Hostport were not there', async () => {
    const pod = await create(hostport, podOf('off', { settings: { enabled: 'false' } }));
    expect(pod.metadata.annotations).toEqual({ 'hostport.io/enabled': 'false' });
    expect(pod.spec.hostNetwork).toBeUndefined();
    expect(await claimsOf(hostport, 'default/off')).toEqual([]);
  });
});

/** kubectl may quote the message of the server once more. */
function unescaped(text: string): string {
  return text.replaceAll('\\"', '"');
}

describe('kubectl describe of what makes the pods', () => {
  test.each([
    ['Deployment', { settings: { ...ENABLED, strategy: 'Fastest' } }, ['hostport.io/strategy: "Fastest"', 'Stride']],
    ['StatefulSet', { settings: { enabled: 'True' } }, ['hostport.io/enabled: "True"', '"false"']],
    ['DaemonSet', withAllocator({ ...entry, scope: 'Cluster' }), ['"Cluster" is no scope', 'RoleScoped']],
  ] as const)('of a %s shows why', async (kind, asked, says) => {
    const name = `bad-${kind.toLowerCase()}`;
    await hostport.apply(workloadOf(kind, name, 2, asked));
    const whose = kind === 'Deployment' ? ['replicaset', '-l', `app=${name}`] : [kind, name];
    const read = async (): Promise<string> => unescaped((await hostport.kubectl(['describe', ...whose])).stdout);
    const text = await hostport.eventually(read, (seen) => says.every((words) => seen.includes(words)), 'the reason');
    expect(text).toContain('FailedCreate');
    await hostport.kubectl(['delete', kind, name]);
  });

  test('and nothing is held but what was given', async () => {
    const held = (await claimsOf(hostport)).map(({ holder }) => holder.name);
    expect(new Set(held)).toEqual(new Set(['voice', 'has-ration', 'has-tiny']));
  });
});
