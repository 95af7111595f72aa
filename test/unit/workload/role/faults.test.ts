import { describe, expect, test } from '@jest/globals';
import { setFaults } from '../../../../src/workload/role/index.ts';
import { annotated, component, setOf } from './roles.ts';

type Components = Parameters<typeof setOf>[1];

const grpc = { name: 'grpc', env: 'GRPC_PORT' };
const http = { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' };
const asking = (...allocations: readonly object[]) => ({ ports: { allocations } });
const referring = (...from: readonly string[]) => ({
  ports: { references: from.map((each, at) => ({ env: `REF_${at}`, from: each })) },
});
const declaring = (...ports: readonly object[]) => ({ spec: { containers: [{ name: 'main', ports }] } });
const leader = component('leader', { size: 2, ...asking(grpc, http) });
const STAY =
  'the ports of a component that is there stay as they are: give the component another name, or remove it and add it again when its pods are gone';

describe('a set is refused', () => {
  test.each<[string, Components, string]>([
    [
      'with its ports written twice',
      [component('leader', { ...asking(grpc), annotations: annotated({ allocations: [grpc] }) })],
      'component "leader": ports and annotation hostport.io/port-allocator say the same: write one of them',
    ],
    [
      'with a variable that tells the place of a pod',
      [component('leader', asking({ name: 'grpc', env: 'HOSTPORT_ROLE' }))],
      'component "leader": env "HOSTPORT_ROLE" tells pods which one they are: write another name',
    ],
    [
      'with a setting for plain pods beside its ports',
      [component('leader', { annotations: { ...annotated({ allocations: [grpc] }), 'hostport.io/enabled': 'true' } })],
      'component "leader": annotation hostport.io/enabled is for pods by themselves: leave it out (the pool is spec.poolName)',
    ],
    [
      'with a port that two containers declare',
      [
        component('leader', {
          ...asking(grpc),
          spec: {
            containers: [
              { name: 'one', ports: [{ name: 'grpc', containerPort: 1 }] },
              { name: 'two', ports: [{ name: 'grpc', containerPort: 2 }] },
            ],
          },
        }),
      ],
      'component "leader": port "grpc" is declared by container "one" and by container "two": give one of them another name',
    ],
    [
      'with two protocols for one port',
      [component('leader', { ...asking(grpc), ...declaring({ name: 'grpc', containerPort: 1, protocol: 'UDP' }) })],
      'component "leader": port "grpc" is UDP in its container and TCP in what is asked for: write one protocol in both',
    ],
    [
      'with a reference to an unknown component of its own',
      [leader, component('worker', referring('prefill.leadr.grpc'))],
      'component "worker": reference "prefill.leadr.grpc": role "prefill" has no component "leadr": write one of leader, worker',
    ],
    [
      'with a reference to an unknown port of its own',
      [leader, component('worker', referring('prefill.leader.metrics'))],
      'component "worker": reference "prefill.leader.metrics": component "leader" of role "prefill" has no port "metrics": write one of grpc, http',
    ],
    [
      'with a reference beyond the size',
      [leader, component('worker', referring('prefill.leader[2].grpc'))],
      'component "worker": reference "prefill.leader[2].grpc": component "leader" has no pod 2: write an index from 0 to 1',
    ],
    [
      'with a component that is called like a pod',
      [component('a', asking(grpc)), component('prefill-0-a-0', asking(grpc))],
      'component "prefill-0-a-0" is called like a pod of component "a", so that their ports can\'t be told apart: choose another name',
    ],
    [
      'with more ports than are given at once',
      [component('leader', { size: 1024, ...asking(grpc, { name: 'more', env: 'MORE' }) })],
      'each instance asks for 2048 PodScoped ports, and at most 1024 are given at once: write smaller sizes, or fewer ports',
    ],
  ])('%s', (_, components, message) => {
    expect(setFaults(setOf('prefill', components))).toEqual([message]);
  });

  test('for all that is wrong with it at once', () => {
    const components = [
      component('leader', asking({ name: 'a', env: 'HOSTPORT_ROLE' })),
      component('worker', referring('prefill.x.y', 'prefill.z.y')),
    ];
    expect(setFaults(setOf('prefill', components))).toHaveLength(3);
  });
});

describe('a set is taken', () => {
  test.each<[string, Components]>([
    ['without ports', [component('leader'), component('worker')]],
    [
      'without ports, with settings for plain pods',
      [component('leader', { annotations: { 'hostport.io/enabled': 'true' } })],
    ],
    [
      'with references to itself',
      [leader, component('worker', referring('prefill.leader.grpc', 'prefill.leader[1].grpc', 'prefill.leader.http'))],
    ],
    [
      'with references to roles that may come',
      [component('worker', referring('router.main.http', 'router.main[7].x'))],
    ],
    [
      'with container ports of names of its own',
      [
        component('leader', {
          ...asking(grpc),
          ...declaring({ name: 'grpc', containerPort: 1 }, { containerPort: 2 }),
        }),
      ],
    ],
    [
      'with both protocols, of which its container declares one',
      [
        component('leader', {
          ...asking({ ...grpc, protocol: 'TCPUDP' }),
          ...declaring({ name: 'grpc', containerPort: 1, protocol: 'UDP' }),
        }),
      ],
    ],
    [
      'with components whose names end alike',
      [component('worker', asking(grpc)), component('big-worker-2', asking(grpc))],
    ],
    ['with as many ports as are given at once', [component('leader', { size: 1024, ...asking(grpc, http) })]],
  ])('%s', (_, components) => {
    expect(setFaults(setOf('prefill', components))).toEqual([]);
  });

  test('under the name of its role', () => {
    const components = [leader, component('worker', referring('front.leader.grpc'))];
    expect(setFaults(setOf('prefill', components, { role: 'front' }))).toEqual([]);
    // Another role may be created later.
    expect(setFaults(setOf('prefill', components))).toEqual([]);
  });
});

describe('a change of a set', () => {
  const before = setOf('prefill', [leader, component('worker', { annotations: annotated({ allocations: [grpc] }) })]);

  test.each<[string, Components, readonly string[]]>([
    [
      'of a typed port',
      [component('leader', asking(grpc)), before.spec.template.spec.components[1] ?? {}],
      [`component "leader": ${STAY}`],
    ],
    [
      'of a text in an annotation',
      [leader, component('worker', { annotations: annotated({ allocations: [grpc], references: [] }) })],
      [`component "worker": ${STAY}`],
    ],
    ['that takes ports away', [leader, component('worker')], [`component "worker": ${STAY}`]],
    [
      'of everything else',
      [
        component('leader', { size: 5, ...asking(grpc, http), spec: { hostNetwork: true } }),
        component('router', asking(http)),
      ],
      [],
    ],
  ])('%s is judged', (_, components, faults) => {
    expect(setFaults(setOf('prefill', components), before)).toEqual(faults);
  });

  test('that lowers a size breaks no reference in silence', () => {
    const worker = component('worker', referring('prefill.leader[1].grpc'));
    const after = setOf('prefill', [component('leader', { size: 1, ...asking(grpc, http) }), worker]);
    expect(setFaults(after, setOf('prefill', [leader, worker]))).toEqual([
      'component "worker": reference "prefill.leader[1].grpc": component "leader" has no pod 1: write an index from 0 to 0',
    ]);
  });
});
