import { describe, expect, test } from '@jest/globals';
import {
  numbersOfPod,
  podScopedAnnotations,
  podScopedRequests,
  roleScopedAnnotations,
  roleScopedRequests,
  selectorOfInstance,
  selectorOfSet,
} from '../../../../src/workload/role/index.ts';
import { portsOfComponent } from '../../../../src/workload/role/component-ports.ts';
import type { RoleComponent } from '../../../../src/api/index.ts';
import { annotated, component, given, instanceOf, portsOf, setOf } from './roles.ts';

const asked = {
  allocations: [
    { name: 'grpc', env: 'GRPC_PORT', annotationKey: 'example.com/grpc-port' },
    { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' },
  ],
  references: [{ env: 'ROUTER_PORT', from: 'router.main.http' }],
};
const understood = {
  allocations: [
    {
      name: 'grpc',
      env: 'GRPC_PORT',
      annotationKey: 'example.com/grpc-port',
      scope: 'PodScoped',
      protocol: 'TCP',
      count: 1,
    },
    { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped', protocol: 'TCP', count: 1 },
  ],
  references: asked.references,
};

function read(fields: Parameters<typeof component>[1]): unknown {
  const [first] = instanceOf('prefill-0', [component('leader', fields)]).spec.components;
  const config = first && portsOfComponent(first);
  return config?.ok === true ? config.value : config?.error.message;
}

describe('the ports of a component', () => {
  test('are one value, whichever way they are written', () => {
    expect(read({ annotations: annotated(asked) })).toEqual(understood);
    expect(
      read({ annotations: { 'rolebasedgroup.workloads.x-k8s.io/port-allocator': JSON.stringify(asked) } }),
    ).toEqual(understood);
    expect(read({ ports: asked })).toEqual(understood);
  });

  test('are none where nothing is said', () => {
    expect(read({})).toEqual({ allocations: [], references: [] });
    expect(read({ annotations: { 'example.com/a': 'b' } })).toEqual({ allocations: [], references: [] });
  });

  test.each<[string, Parameters<typeof component>[1], string]>([
    [
      'both ways at once',
      { ports: {}, annotations: annotated({}) },
      'component "leader": ports and annotation hostport.io/port-allocator say the same: write one of them',
    ],
    [
      'both annotations at once',
      { annotations: { ...annotated({}), 'rolebasedgroup.workloads.x-k8s.io/port-allocator': '{}' } },
      'component "leader": hostport.io/port-allocator and rolebasedgroup.workloads.x-k8s.io/port-allocator mean the same: write one of them',
    ],
    [
      'what is no JSON',
      { annotations: { 'hostport.io/port-allocator': '{"allocations": [}' } },
      'component "leader": hostport.io/port-allocator is no JSON',
    ],
    [
      'nothing in the annotation',
      { annotations: { 'hostport.io/port-allocator': '' } },
      'component "leader": hostport.io/port-allocator is no JSON',
    ],
    [
      'an unknown field',
      { annotations: annotated({ alocations: [] }) },
      'unknown field "alocations": write only allocations, references',
    ],
  ])('are refused with %s', (_, fields, message) => {
    expect(read(fields)).toContain(message);
  });
});

test('the API server sees no two ports of one variable, and we do', () => {
  const [first] = instanceOf('prefill-0', [component('leader', { ports: asked })]).spec.components;
  const allocations = understood.allocations.map((each) => ({ ...each, env: 'PORT' }) as const);
  const doubled = first && { ...first, ports: { allocations, references: [] } };
  expect(doubled && portsOfComponent(doubled as RoleComponent)).toMatchObject({
    ok: false,
    error: {
      reason: 'InvalidRequest',
      message: 'component "leader": ports: allocations[1].env: env "PORT" is used by allocations[0]: write another one',
    },
  });
});

const set = setOf('prefill', [
  component('leader', { ports: asked }),
  component('worker', { size: 2, ports: { allocations: [{ name: 'rtp', env: 'RTP', protocol: 'UDP', count: 8 }] } }),
  component('idle'),
]);
const ports = portsOf(set.spec.template.spec.components);

describe('an allocation', () => {
  test('of a set asks for its RoleScoped ports', () => {
    expect(roleScopedRequests(ports)).toEqual([{ name: 'leader.http', protocol: 'TCP', count: 1 }]);
  });

  test('of an instance asks for the PodScoped ports of each of its pods', () => {
    expect(podScopedRequests(ports)).toEqual([
      { name: 'leader-0.grpc', protocol: 'TCP', count: 1 },
      { name: 'worker-0.rtp', protocol: 'UDP', count: 8 },
      { name: 'worker-1.rtp', protocol: 'UDP', count: 8 },
    ]);
  });

  test('of a larger size asks for the same and more', () => {
    const larger = setOf('prefill', [
      component('worker', { size: 3, ports: { allocations: [{ name: 'rtp', env: 'RTP' }] } }),
    ]);
    const names = podScopedRequests(portsOf(larger.spec.template.spec.components)).map(({ name }) => name);
    expect(names).toEqual(['worker-0.rtp', 'worker-1.rtp', 'worker-2.rtp']);
  });

  test('asks for nothing where nothing is asked for', () => {
    const idle = portsOf(setOf('idle', [component('main', { size: 3 })]).spec.template.spec.components);
    expect([...roleScopedRequests(idle), ...podScopedRequests(idle)]).toEqual([]);
  });
});

describe('numbers', () => {
  const role = given({ 'leader.http': 20_001 });
  const pod = given({ 'leader-0.grpc': 20_002, 'worker-0.rtp': [20_040, 20_047], 'worker-1.rtp': [20_048, 20_055] });

  test('are told on the set and on its instances', () => {
    expect(roleScopedAnnotations(ports, role)).toEqual({ 'leader.http': '20001' });
    expect(podScopedAnnotations('prefill-0', ports, pod)).toEqual({
      'prefill-0-leader-0.grpc': '20002',
      'prefill-0-worker-0.rtp': '20040',
      'prefill-0-worker-1.rtp': '20048',
    });
  });

  test('that are not given are not told', () => {
    expect(roleScopedAnnotations(ports, new Map())).toEqual({});
    expect(podScopedAnnotations('prefill-0', ports, given({ 'worker-1.rtp': 20_048 }))).toEqual({
      'prefill-0-worker-1.rtp': '20048',
    });
  });

  test('of a pod are its own and those of its role, all of them or none', () => {
    const [leader, worker] = ports;
    expect(leader && numbersOfPod(leader, 0, { role, pod })).toEqual(given({ grpc: 20_002, http: 20_001 }));
    expect(worker && numbersOfPod(worker, 1, { role, pod })).toEqual(given({ rtp: [20_048, 20_055] }));
    expect(leader && numbersOfPod(leader, 0, { role: new Map(), pod })).toBeUndefined();
    expect(worker && numbersOfPod(worker, 2, { role, pod })).toBeUndefined();
  });
});

test('a selector counts one pod of each instance, or all pods of one', () => {
  expect(selectorOfSet(set)).toBe(
    'hostport.io/role-instance-set=prefill,hostport.io/component=leader,hostport.io/component-index=0',
  );
  expect(selectorOfInstance(instanceOf('prefill-0', []))).toBe('hostport.io/role-instance=prefill-0');
});
