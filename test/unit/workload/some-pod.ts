import fc from 'fast-check';
import type { Container, ContainerPort, EnvVar, Pod, PodSpec } from '../../../src/kube/index.ts';
import { demandOf } from '../../../src/workload/demand.ts';
import { readPodSettings } from '../../../src/workload/settings.ts';
import { allocator, asking, pod } from './pods.ts';

const PORT_NAMES = ['http', 'grpc', 'query', 'a-b', 'rtp', 'admin', ''];
const NUMBERS = [53, 80, 8080, 9090, 20_000, 20_001];
/** Names of variables, some of which Hostport replaces. */
const VARIABLES = ['HOSTPORT_HTTP', 'HOSTPORT_53', 'HOSTPORT_A_B', 'GRPC_PORT', 'RTP', 'RTP_END', 'PATH', 'A'];

const somePort: fc.Arbitrary<ContainerPort> = fc
  .record(
    {
      name: fc.constantFrom(...PORT_NAMES),
      containerPort: fc.constantFrom(...NUMBERS),
      protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'),
      hostPort: fc.constantFrom(...NUMBERS),
      hostIP: fc.constantFrom('10.0.0.5', 'fd00::5'),
    },
    { requiredKeys: ['name', 'containerPort'] },
  )
  .map(({ name, ...port }) => (name === '' ? port : { name, ...port }));

const someVariable: fc.Arbitrary<EnvVar> = fc.oneof(
  fc.record({ name: fc.constantFrom(...VARIABLES), value: fc.string({ maxLength: 5 }) }),
  fc.record({
    name: fc.constantFrom(...VARIABLES),
    valueFrom: fc.constant({ fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' }, extra: [], more: {} }),
  }),
);

const called = fc.oneof(fc.constantFrom(...NUMBERS), fc.constantFrom('http', 'grpc'));
const httpGet = fc
  .record(
    { port: called, path: fc.constant('/'), host: fc.constantFrom('', 'localhost', 'example.com') },
    { requiredKeys: ['port'] },
  )
  .map((handler) => ({ httpGet: handler }));
const tcpSocket = fc.record({ tcpSocket: fc.record({ port: called }) });
const someProbe = fc.oneof(
  httpGet,
  tcpSocket,
  fc.record({ grpc: fc.record({ port: fc.constantFrom(...NUMBERS) }) }),
  fc.constant({ exec: { command: ['true'] } }),
);
const someHook = fc.oneof(httpGet, tcpSocket, fc.constant({ sleep: { seconds: 1 } }));

/** A container without its name. */
const someContainer = fc.record(
  {
    image: fc.constant('registry/game'),
    ports: fc.array(somePort, { minLength: 1, maxLength: 4 }),
    env: fc.array(someVariable, { minLength: 1, maxLength: 5 }),
    startupProbe: someProbe,
    livenessProbe: someProbe,
    readinessProbe: someProbe,
    lifecycle: fc.record({ postStart: someHook, preStop: someHook }, { requiredKeys: [] }),
    resources: fc.constant({ limits: { cpu: '1' } }),
  },
  { requiredKeys: ['image'] },
);

function named(prefix: string, containers: readonly Omit<Container, 'name'>[]): readonly Container[] {
  return containers.map((container, at) => ({ name: `${prefix}-${at}`, ...container }));
}

/** Under hostNetwork the API server sets host ports before it calls webhooks. */
function defaulted(container: Container, spec: Partial<PodSpec>): Container {
  if (spec.hostNetwork !== true || container.ports === undefined) return container;
  return {
    ...container,
    ports: container.ports.map((port) => ({ hostPort: port.containerPort, ...port })),
  };
}

const someSettings = fc.record(
  {
    enabled: fc.constant('true'),
    network: fc.constantFrom('Host', 'Pod'),
    policy: fc.constantFrom('Dynamic', 'Passthrough'),
    'port-allocator': fc.constantFrom(
      allocator({ name: 'grpc', env: 'GRPC_PORT', annotationKey: 'example.com/grpc' }),
      allocator(
        { name: 'rtp', env: 'RTP', count: 4, protocol: 'TCPUDP', scope: 'RoleScoped' },
        { name: 'own', env: 'PATH', annotationKey: 'example.com/new' },
      ),
    ),
  },
  { requiredKeys: [] },
);

/** A pod as its user wrote it, whose request is valid. */
export const somePod: fc.Arbitrary<Pod> = fc
  .record({
    settings: someSettings,
    containers: fc.array(someContainer, { minLength: 1, maxLength: 3 }),
    initContainers: fc.option(fc.array(someContainer, { minLength: 1, maxLength: 2 }), { nil: undefined }),
    spec: fc.record(
      {
        hostNetwork: fc.boolean(),
        dnsPolicy: fc.constantFrom('ClusterFirst', 'Default'),
        hostname: fc.constant('h'),
      },
      { requiredKeys: [] },
    ),
    former: fc.boolean(),
  })
  .map(({ settings, containers, initContainers, spec, former }) => {
    const fill = (container: Container): Container => defaulted(container, spec);
    const made = pod(named('main', containers).map(fill), {
      annotations: { ...asking(settings), ...(former ? { 'example.com/grpc': 'former' } : {}) },
      spec: {
        ...spec,
        ...(initContainers === undefined ? {} : { initContainers: named('init', initContainers).map(fill) }),
      },
    });
    // The field is sometimes absent here, although the API server sets it.
    const { dnsPolicy: _, ...rest } = made.spec;
    return spec.dnsPolicy === undefined ? { ...made, spec: rest } : made;
  })
  .filter((made) => {
    const settings = readPodSettings(made);
    return settings.ok && settings.value !== undefined && demandOf(made, settings.value).ok;
  });
