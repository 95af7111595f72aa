import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvariantError } from '../../../../src/base/result.ts';
import type { Container, Draft, EnvVar, Pod } from '../../../../src/kube/index.ts';
import { podFor } from '../../../../src/workload/role/index.ts';
import type { PodParts } from '../../../../src/workload/role/pod-for.ts';
import { somePod } from '../some-pod.ts';
import { annotated, component, given, instanceOf, portsOf } from './roles.ts';

const asked = {
  allocations: [
    { name: 'grpc', env: 'GRPC_PORT', annotationKey: 'example.com/grpc-port' },
    { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' },
    { name: 'rtp', env: 'RTP', protocol: 'UDP', count: 8 },
  ],
  references: [{ env: 'ROUTER_PORT', from: 'router.main.http' }],
};
const numbers = given({ grpc: 20_002, http: 20_001, rtp: [20_040, 20_047] });
const PLACE = [
  { name: 'HOSTPORT_ROLE', value: 'prefill' },
  { name: 'HOSTPORT_INSTANCE', value: 'prefill-3' },
  { name: 'HOSTPORT_INSTANCE_INDEX', value: '3' },
  { name: 'HOSTPORT_COMPONENT', value: 'leader' },
  { name: 'HOSTPORT_COMPONENT_INDEX', value: '1' },
];
const PORTS = [
  { name: 'GRPC_PORT', value: '20002' },
  { name: 'HTTP_PORT', value: '20001' },
  { name: 'RTP', value: '20040' },
  { name: 'RTP_END', value: '20047' },
  { name: 'ROUTER_PORT', value: '20100' },
];
const LABELS = { 'hostport.io/role-instance-set': 'prefill', 'hostport.io/role-instance': 'prefill-3' };

type Fields = Parameters<typeof component>[1];

/** The pod `prefill-3-leader-1` of a component with these fields. */
function make(fields: Fields, parts: Partial<PodParts> = {}, spec: object = { role: 'prefill', index: 3 }): Draft<Pod> {
  const instance = instanceOf(
    'prefill-3',
    [component('leader', { size: 2, ...fields })],
    { ...spec },
    { labels: LABELS },
  );
  const [ports] = portsOf(instance.spec.components);
  if (ports === undefined) throw new Error('no component');
  return podFor(instance, { ports, index: 1, numbers, referred: new Map([['ROUTER_PORT', 20_100]]), ...parts });
}

const containers = (...ports: readonly object[]): Fields => ({
  ports: asked,
  spec: { containers: [{ name: 'main', ports }] },
});

test('a pod has its name, its place and its numbers', () => {
  expect(make({ annotations: annotated(asked) })).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'prefill-3-leader-1',
      namespace: 'models',
      labels: {
        ...LABELS,
        'hostport.io/role': 'prefill',
        'hostport.io/instance-index': '3',
        'hostport.io/component': 'leader',
        'hostport.io/component-index': '1',
      },
      annotations: { 'example.com/grpc-port': '20002' },
      ownerReferences: [
        {
          apiVersion: 'hostport.io/v1alpha1',
          kind: 'RoleInstance',
          name: 'prefill-3',
          uid: 'uid-of-prefill-3',
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    },
    spec: { containers: [{ name: 'main', image: 'example.com/serve:1', env: [...PLACE, ...PORTS] }] },
  });
});

describe('a pod', () => {
  test('is found by its Service, where it has one', () => {
    expect(make({ ports: asked, serviceName: 'models' }).spec).toMatchObject({
      hostname: 'prefill-3-leader-1',
      subdomain: 'models',
    });
  });

  test('keeps what its template says, but for its place', () => {
    const template = {
      metadata: {
        labels: { app: 'serve', 'hostport.io/component': 'other' },
        annotations: { 'example.com/a': 'b', 'example.com/grpc-port': '1' },
      },
      spec: { containers: [{ name: 'main' }], nodeSelector: { gpu: 'yes' } },
    };
    const pod = make({ ports: asked, template }, { labels: { 'controller-revision-hash': 'abc' } });
    expect(pod.metadata.labels).toMatchObject({
      app: 'serve',
      'hostport.io/component': 'leader',
      'controller-revision-hash': 'abc',
    });
    expect(pod.metadata.annotations).toEqual({ 'example.com/a': 'b', 'example.com/grpc-port': '20002' });
    expect(pod.spec).toMatchObject({ nodeSelector: { gpu: 'yes' } });
  });

  test('without an ordinal is told none, without a role the name of its instance', () => {
    const pod = make({ ports: asked }, {}, {});
    expect(pod.spec.containers[0]?.env?.slice(0, 4)).toEqual([
      { name: 'HOSTPORT_ROLE', value: 'prefill-3' },
      { name: 'HOSTPORT_INSTANCE', value: 'prefill-3' },
      { name: 'HOSTPORT_COMPONENT', value: 'leader' },
      { name: 'HOSTPORT_COMPONENT_INDEX', value: '1' },
    ]);
    expect(pod.metadata.labels).not.toHaveProperty('hostport.io/instance-index');
  });

  test.each(['hostport.io/port-allocator', 'rolebasedgroup.workloads.x-k8s.io/port-allocator'])(
    'carries no %s: no webhook has to look at it',
    (key) => {
      const { annotations } = make({ annotations: { [key]: JSON.stringify(asked) } }).metadata;
      expect(Object.keys(annotations ?? {})).toEqual(['example.com/grpc-port']);
    },
  );

  test.each<[string, Partial<PodParts>]>([
    ['a number of its own', { numbers: given({ grpc: 20_002, http: 20_001 }) }],
    ['a number that it refers to', { referred: new Map() }],
  ])('is never made without %s', (_, parts) => {
    expect(() => make({ ports: asked }, parts)).toThrow(InvariantError);
  });
});

describe('a variable', () => {
  test('takes the place of the one that was written, and its doubles go', () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'GRPC_PORT', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
      { name: 'B', value: '$(GRPC_PORT)' },
      { name: 'GRPC_PORT', value: '9' },
      { name: 'HOSTPORT_ROLE', value: 'mine' },
    ];
    const pod = make({ ports: asked, spec: { containers: [{ name: 'main', env }] } });
    const [, ...place] = PLACE;
    const [, ...ports] = PORTS;
    expect(pod.spec.containers[0]?.env).toEqual([
      ...place,
      ...ports,
      { name: 'A', value: '1' },
      { name: 'GRPC_PORT', value: '20002' },
      { name: 'B', value: '$(GRPC_PORT)' },
      { name: 'HOSTPORT_ROLE', value: 'prefill' },
    ]);
  });

  test('stands in init containers, too', () => {
    const pod = make({ ports: asked, spec: { initContainers: [{ name: 'first' }, { name: 'second' }] } });
    for (const { env } of pod.spec.initContainers ?? []) expect(env).toEqual([...PLACE, ...PORTS]);
    expect(pod.spec.initContainers).toHaveLength(2);
  });
});

describe('a container port', () => {
  test('of the name of a port takes its number, others stay', () => {
    const fields = containers(
      { name: 'grpc', containerPort: 1 },
      { name: 'admin', containerPort: 2 },
      { containerPort: 3 },
    );
    expect(make(fields).spec.containers[0]?.ports).toEqual([
      { name: 'grpc', containerPort: 20_002 },
      { name: 'admin', containerPort: 2 },
      { containerPort: 3 },
    ]);
  });

  test('on the host network is a port of the host', () => {
    const { spec } =
      containers({ name: 'grpc', containerPort: 1 }, { name: 'rtp', containerPort: 2, protocol: 'UDP' }) ?? {};
    const pod = make({ ports: asked, spec: { ...spec, hostNetwork: true } });
    expect(pod.spec.containers[0]?.ports).toEqual([
      { name: 'grpc', containerPort: 20_002, hostPort: 20_002 },
      { name: 'rtp', containerPort: 20_040, hostPort: 20_040, protocol: 'UDP' },
    ]);
  });

  test('with a host port of its own gets that number there', () => {
    const fields = containers(
      { name: 'grpc', containerPort: 1, hostPort: 1 },
      { name: 'http', containerPort: 2, hostPort: 0 },
    );
    expect(make(fields).spec.containers[0]?.ports).toEqual([
      { name: 'grpc', containerPort: 20_002, hostPort: 20_002 },
      { name: 'http', containerPort: 20_001, hostPort: 0 },
    ]);
  });

  test('takes its probes along', () => {
    const container = {
      name: 'main',
      ports: [{ name: 'grpc', containerPort: 8080 }],
      readinessProbe: { grpc: { port: 8080 } },
      livenessProbe: { tcpSocket: { port: 'grpc' } },
      startupProbe: { httpGet: { port: 9 } },
    };
    expect(make({ ports: asked, spec: { containers: [container] } }).spec.containers[0]).toMatchObject({
      readinessProbe: { grpc: { port: 20_002 } },
      livenessProbe: { tcpSocket: { port: 'grpc' } },
      startupProbe: { httpGet: { port: 9 } },
    });
  });
});

describe('whatever the template', () => {
  const value = (env: readonly EnvVar[] | undefined, name: string): readonly (string | undefined)[] =>
    (env ?? []).filter((each) => each.name === name).map((each) => each.value);

  /** The pod of a component with an arbitrary template. */
  const madeOf = (template: Pod): Draft<Pod> => {
    const { annotations: _, ...metadata } = { ...template.metadata };
    return make({ ports: asked, template: { metadata: { labels: { ...metadata.labels } }, spec: template.spec } });
  };
  const all = (pod: Pick<Pod, 'spec'>): readonly Container[] => [
    ...pod.spec.containers,
    ...(pod.spec.initContainers ?? []),
  ];

  test('each variable stands once in each container, with its number', () => {
    fc.assert(
      fc.property(somePod, (template) => {
        for (const { env } of all(madeOf(template))) {
          for (const each of [...PLACE, ...PORTS]) expect(value(env, each.name)).toEqual([each.value]);
        }
      }),
    );
  });

  test('nothing else of its environment changes, and nothing of the template', () => {
    fc.assert(
      fc.property(somePod, (template) => {
        const before = structuredClone(template);
        const ours = new Set([...PLACE, ...PORTS].map(({ name }) => name));
        const others = (pod: Pick<Pod, 'spec'>): unknown =>
          all(pod).map(({ env = [] }) => env.filter(({ name }) => !ours.has(name)));
        expect(others(madeOf(template))).toEqual(others(before));
        expect(template).toEqual(before);
      }),
    );
  });

  test('every port of a name that is asked for has its number, every other one keeps its own', () => {
    fc.assert(
      fc.property(somePod, (template) => {
        const came = all(template).flatMap(({ ports = [] }) => ports);
        const went = all(madeOf(template)).flatMap(({ ports = [] }) => ports);
        expect(went).toHaveLength(came.length);
        for (const [at, port] of went.entries()) {
          const number = numbers.get(port.name ?? '')?.port;
          expect(port.containerPort).toBe(number ?? came[at]?.containerPort);
          const isHostPort = template.spec.hostNetwork === true || came[at]?.hostPort !== undefined;
          expect(port.hostPort).toBe(isHostPort ? (number ?? came[at]?.hostPort) : undefined);
        }
      }),
    );
  });
});
