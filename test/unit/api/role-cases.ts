import type { Refused } from './cases.ts';

type Fields = Readonly<Record<string, unknown>>;

const containers = [{ name: 'main', image: 'example.com/serve:1' }];

/** A component that is taken, changed by `fields`. */
export function component(fields: Fields = {}): Fields {
  return { name: 'leader', template: { spec: { containers } }, ...fields };
}

/** A spec of a set that is taken, with these components. */
export function setOf(components: readonly Fields[], fields: Fields = {}): Fields {
  return { ...fields, template: { spec: { components } } };
}

const one = (fields: Fields): Fields => setOf([component()], fields);
const port = (fields: Fields): Fields => ({ ports: { allocations: [{ name: 'grpc', env: 'GRPC_PORT', ...fields }] } });
const COMPONENT = 'spec.template.spec.components[0]';
const LABEL_ADVICE = 'write lower case letters, digits and "-", with a letter or a digit at each end';
const NO_SHARE = 'this is no number of at least 1 and no share: write one like 2, or "10%"';

/** Sets that are refused. */
export const refusedSets: readonly Refused[] = [
  { title: 'no template', spec: { replicas: 1 }, path: 'spec.template' },
  { title: 'no components', spec: { template: { spec: {} } }, path: 'spec.template.spec.components' },
  { title: 'an empty list of components', spec: setOf([]), path: 'spec.template.spec.components' },
  {
    title: '17 components',
    spec: setOf(Array.from({ length: 17 }, (_, at) => component({ name: `c${at}` }))),
    path: 'spec.template.spec.components',
  },
  {
    title: 'two components of one name',
    spec: setOf([component(), component()]),
    path: 'spec.template.spec.components[1]',
  },
  {
    title: 'a component in upper case',
    spec: setOf([component({ name: 'Leader' })]),
    path: `${COMPONENT}.name`,
    message: `"Leader" is not the name of a component: ${LABEL_ADVICE}`,
  },
  {
    title: 'a component with a dot',
    spec: setOf([component({ name: 'a.b' })]),
    path: `${COMPONENT}.name`,
    message: `"a.b" is not the name of a component: ${LABEL_ADVICE}`,
  },
  { title: 'a component of no pods', spec: setOf([component({ size: 0 })]), path: `${COMPONENT}.size` },
  { title: 'a component of 1025 pods', spec: setOf([component({ size: 1025 })]), path: `${COMPONENT}.size` },
  {
    title: 'a Service with a dot',
    spec: setOf([component({ serviceName: 'a.b' })]),
    path: `${COMPONENT}.serviceName`,
    message: `"a.b" is not the name of a Service: ${LABEL_ADVICE}`,
  },
  { title: 'a component without a template', spec: setOf([{ name: 'leader' }]), path: `${COMPONENT}.template` },
  {
    title: 'a pod without containers',
    spec: setOf([component({ template: { spec: { containers: [] } } })]),
    path: `${COMPONENT}.template.spec.containers`,
  },
  {
    title: 'a container without a name',
    spec: setOf([component({ template: { spec: { containers: [{ image: 'a' }] } } })]),
    path: `${COMPONENT}.template.spec.containers[0].name`,
  },
  {
    title: 'a label that none can be',
    spec: setOf([component({ template: { metadata: { labels: { app: 'a b' } }, spec: { containers } } })]),
    path: `${COMPONENT}.template.metadata.labels.app`,
  },
  { title: '-1 replicas', spec: one({ replicas: -1 }), path: 'spec.replicas' },
  { title: '10001 replicas', spec: one({ replicas: 10_001 }), path: 'spec.replicas' },
  { title: 'an unknown identity', spec: one({ identity: 'Sticky' }), path: 'spec.identity' },
  {
    title: 'an unknown pod management policy',
    spec: one({ podManagementPolicy: 'Ordered' }),
    path: 'spec.podManagementPolicy',
  },
  {
    title: 'an unknown update strategy',
    spec: one({ updateStrategy: { type: 'OnDelete' } }),
    path: 'spec.updateStrategy.type',
  },
  {
    title: 'a partition below zero',
    spec: one({ updateStrategy: { partition: -1 } }),
    path: 'spec.updateStrategy.partition',
  },
  ...[0, -1, '0%', '101%', '010%', '2', 'all', ''].map((maxUnavailable) => ({
    title: `maxUnavailable ${JSON.stringify(maxUnavailable)}`,
    spec: one({ updateStrategy: { maxUnavailable } }),
    path: 'spec.updateStrategy.maxUnavailable',
    message: NO_SHARE,
  })),
  {
    title: 'a role with a dot',
    spec: one({ role: 'a.b' }),
    path: 'spec.role',
    message: `"a.b" is not the name of a role: ${LABEL_ADVICE}`,
  },
  {
    title: 'a back-off that ends before it begins',
    spec: { template: { spec: { restartPolicy: { maxDelaySeconds: 29 }, components: [component()] } } },
    path: 'spec.template.spec.restartPolicy',
    message: 'maxDelaySeconds is less than baseDelaySeconds: write at least as much',
  },
  {
    title: 'an unknown restart policy',
    spec: { template: { spec: { restartPolicy: { type: 'Always' }, components: [component()] } } },
    path: 'spec.template.spec.restartPolicy.type',
  },
  {
    title: 'a port without a variable',
    spec: setOf([component({ ports: { allocations: [{ name: 'grpc' }] } })]),
    path: `${COMPONENT}.ports.allocations[0].env`,
  },
  {
    title: 'an unknown scope',
    spec: setOf([component(port({ scope: 'NodeScoped' }))]),
    path: `${COMPONENT}.ports.allocations[0].scope`,
  },
  {
    title: 'a variable with a dash',
    spec: setOf([component(port({ env: 'GRPC-PORT' }))]),
    path: `${COMPONENT}.ports.allocations[0].env`,
    message: '"GRPC-PORT" is not a name for an environment variable: write letters, digits and "_", not a digit first',
  },
  {
    title: 'an annotation of Hostport',
    spec: setOf([component(port({ annotationKey: 'hostport.io/grpc' }))]),
    path: `${COMPONENT}.ports.allocations[0].annotationKey`,
    message: '"hostport.io/grpc" is not for you to write: take a prefix of your own, like example.com/grpc-port',
  },
  ...['a.b', 'a.b.c.d', 'a.b.', 'a.b[].c', 'a.b[-1].c'].map((from) => ({
    title: `the reference "${from}"`,
    spec: setOf([component({ ports: { references: [{ env: 'ROUTER_PORT', from }] } })]),
    path: `${COMPONENT}.ports.references[0].from`,
    message: `"${from}" is no reference: write <role>.<component>.<port>, or <role>.<component>[i].<port>`,
  })),
];

/** Sets that are taken. */
export const takenSets: readonly (readonly [title: string, spec: Fields])[] = [
  ['one component', setOf([component()])],
  ['16 components', setOf(Array.from({ length: 16 }, (_, at) => component({ name: `c${at}` })))],
  ['nothing to keep', one({ replicas: 0 })],
  [
    'everything said',
    one({
      replicas: 10_000,
      identity: 'Stateless',
      role: 'router',
      poolName: 'game',
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', partition: 10_000, maxUnavailable: 10_000 },
      minReadySeconds: 86_400,
    }),
  ],
  ...[1, '1%', '100%'].map(
    (maxUnavailable) => [`maxUnavailable ${maxUnavailable}`, one({ updateStrategy: { maxUnavailable } })] as const,
  ),
  [
    'a pod of everything',
    setOf([
      component({
        size: 1024,
        serviceName: 'prefill',
        template: {
          metadata: { labels: { app: '' }, annotations: { 'example.com/long': 'a'.repeat(1000) } },
          spec: {
            hostNetwork: true,
            initContainers: [{ name: 'first', image: 'a', restartPolicy: 'Always' }],
            containers: [
              {
                name: 'main',
                image: 'a',
                ports: [{ name: 'grpc', containerPort: 1, protocol: 'UDP' }, { containerPort: 2 }],
                env: [
                  { name: 'A', value: '1' },
                  { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                ],
                livenessProbe: { tcpSocket: { port: 'grpc' } },
              },
            ],
          },
        },
      }),
    ]),
  ],
  [
    'typed ports',
    setOf([
      component({
        ports: {
          allocations: [
            { name: 'grpc', env: 'GRPC_PORT', annotationKey: 'example.com/grpc-port' },
            { name: 'rtp', env: 'RTP_PORT', scope: 'RoleScoped', protocol: 'TCPUDP', count: 1024 },
          ],
          references: [
            { env: 'A', from: 'a.b.c' },
            { env: 'B', from: 'a.b[99999].c' },
          ],
        },
      }),
    ]),
  ],
];
