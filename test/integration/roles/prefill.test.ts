import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { Sets, component, container, envOf, roleSet } from './sets.ts';

let hostport: RunningHostport;
let sets: Sets;
beforeAll(async () => {
  hostport = await startHostport({ nodes: 2 });
  sets = new Sets(hostport);
});
afterAll(async () => hostport[Symbol.asyncDispose]());

const leader = component(
  'leader',
  {
    allocations: [
      { name: 'grpc', env: 'GRPC_PORT', annotationKey: 'example.com/grpc-port' },
      { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' },
    ],
  },
  { serviceName: 'prefill' },
);
const worker = component(
  'worker',
  {
    allocations: [{ name: 'rpc', env: 'RPC_PORT' }],
    references: [{ env: 'LEADER_PORT', from: 'prefill.leader.grpc' }],
  },
  { size: 2 },
);

describe('a set of leaders and workers', () => {
  beforeAll(async () => {
    await hostport.apply(roleSet('prefill', [leader, worker], { replicas: 2 }));
    await sets.complete('prefill');
  });

  test('has a pod for each component and index of each instance', async () => {
    const pods = await sets.pods('prefill');
    expect(pods.map(({ metadata }) => metadata.name)).toEqual([
      'prefill-0-leader-0',
      'prefill-0-worker-0',
      'prefill-0-worker-1',
      'prefill-1-leader-0',
      'prefill-1-worker-0',
      'prefill-1-worker-1',
    ]);
    expect(pods[4]?.metadata.labels).toMatchObject({
      'hostport.io/role': 'prefill',
      'hostport.io/role-instance-set': 'prefill',
      'hostport.io/role-instance': 'prefill-1',
      'hostport.io/instance-index': '1',
      'hostport.io/component': 'worker',
      'hostport.io/component-index': '0',
    });
    expect(pods[0]?.spec).toMatchObject({ hostname: 'prefill-0-leader-0', subdomain: 'prefill' });
    const service = JSON.parse(await succeed(hostport.kubectl(['get', 'svc', 'prefill', '-o', 'json']))) as object;
    expect(service).toMatchObject({ spec: { clusterIP: 'None' } });
  });

  test('shows each number with one value wherever it appears', async () => {
    const pods = await sets.pods('prefill');
    const env = new Map(pods.map((pod) => [pod.metadata.name, envOf(pod)]));
    const set = await sets.find('prefill');
    const shared = set?.metadata.annotations?.['leader.http'];
    expect(shared).toMatch(/^\d+$/);
    for (const instance of await sets.instances('prefill')) {
      const { name, annotations = {} } = instance.metadata;
      const own = env.get(`${name}-leader-0`);
      expect(annotations['leader.http']).toBe(shared);
      expect(own).toMatchObject({ HTTP_PORT: shared, GRPC_PORT: annotations[`${name}-leader-0.grpc`] });
      const [leaderPod] = pods.filter(({ metadata }) => metadata.name === `${name}-leader-0`);
      expect(leaderPod?.metadata.annotations).toEqual({ 'example.com/grpc-port': own?.['GRPC_PORT'] });
      for (const index of [0, 1]) {
        expect(env.get(`${name}-worker-${index}`)).toMatchObject({
          LEADER_PORT: own?.['GRPC_PORT'],
          RPC_PORT: annotations[`${name}-worker-${index}.rpc`],
          HOSTPORT_ROLE: 'prefill',
          HOSTPORT_INSTANCE: name,
          HOSTPORT_COMPONENT: 'worker',
          HOSTPORT_COMPONENT_INDEX: String(index),
        });
      }
    }
    const all = [...env.values()].flatMap((each) => [each['GRPC_PORT'] ?? [], each['RPC_PORT'] ?? []].flat());
    expect(new Set(all).size).toBe(6);
  });

  test('is described by kubectl', async () => {
    const shown = await succeed(hostport.kubectl(['get', 'ris,ri', '--no-headers']));
    expect(shown).toMatch(/prefill\s+2\s+2\s+2\s/);
    expect(shown).toMatch(/prefill-0\s+True/);
  });

  test('writes its annotations again when somebody drops them', async () => {
    const before = await sets.numbers('prefill');
    const drop = (what: string, name: string, key: string) =>
      succeed(hostport.kubectl(['annotate', what, name, `${key}-`]));
    await drop('ris', 'prefill', 'leader.http');
    await drop('ri', 'prefill-0', 'prefill-0-leader-0.grpc');
    await hostport.eventually(
      () => sets.numbers('prefill'),
      (after) => JSON.stringify(after) === JSON.stringify(before),
      'the annotations are back',
    );
    await hostport.eventually(
      () => sets.find('prefill'),
      (set) => set?.metadata.annotations?.['leader.http'] === before['leader.http'],
      'the annotation of the set is back',
    );
  });
});

test('a container port of the name takes the number, on the host network as host port, and nobody is a stranger there', async () => {
  const allocations = [{ name: 'http', env: 'HTTP_PORT' }];
  const ports = [{ name: 'http', containerPort: 8080 }];
  const spec = { hostNetwork: true, containers: [{ ...container, ports }] };
  const annotations = { 'hostport.io/port-allocator': JSON.stringify({ allocations }) };
  await hostport.apply(roleSet('hosted', [{ name: 'main', template: { metadata: { annotations }, spec } }]));
  await sets.complete('hosted');
  const [pod] = await sets.pods('hosted');
  const number = Number(envOf(pod)['HTTP_PORT']);
  expect(pod?.spec.containers[0]?.ports).toEqual([
    { name: 'http', containerPort: number, hostPort: number, protocol: 'TCP' },
  ]);
  const record = await hostport.eventually(
    () => hostport.objects.findAllocation('roleinstance-hosted-0'),
    (found) => found !== undefined,
    'it is recorded what the instance holds',
  );
  expect(record?.spec.recordOf).toMatchObject({ kind: 'RoleInstance', name: 'hosted-0' });
  expect(record?.spec.ports).toEqual([expect.objectContaining({ name: 'main-0.http', port: number })]);
  // The pool is looked at again and again; somebody who took the number without asking would be told of.
  expect((await hostport.objects.eventsOf('hosted-0')).map(({ reason }) => reason)).not.toContain('Disputed');
});
