import { randomBytes } from 'node:crypto';
import { podAnnotations } from '../../src/api/index.ts';
import type { Draft, JsonPatchStep, Pod } from '../../src/kube/index.ts';

/** Where the pods are. */
export const NAMESPACE = 'game';
/** What the names of the pods begin with. */
const GENERATE_NAME = 'match-';

/** The names of the two ports, in the order of {@link draftOf}. */
export const PORTS = ['game', 'http'] as const;

/** A pod with two ports as a controller creates it; one that doesn't ask is the same but for a word. */
export function draftOf(asks: boolean): Draft<Pod> {
  const annotation = asks ? podAnnotations.enabled : 'example.com/enabled';
  return {
    metadata: {
      generateName: GENERATE_NAME,
      namespace: NAMESPACE,
      labels: { app: 'match', 'app.kubernetes.io/part-of': 'arena', tier: 'game' },
      annotations: { [annotation]: 'true' },
    },
    spec: {
      containers: [
        {
          name: 'server',
          image: 'registry.k8s.io/pause:3.10',
          ports: [
            { name: PORTS[0], containerPort: 7777, protocol: 'UDP' },
            { name: PORTS[1], containerPort: 8080, protocol: 'TCP' },
          ],
          env: [{ name: 'ARENA', value: 'arena-1' }],
          resources: { requests: { cpu: '100m', memory: '64Mi' } },
          readinessProbe: { httpGet: { path: '/healthz', port: 'http' } },
        },
      ],
    },
  };
}

/** What Hostport would answer for that pod, written down beforehand: the number is put in, nothing is looked at. */
export function patchPod(first: number): readonly JsonPatchStep[] {
  const name = GENERATE_NAME + randomBytes(4).toString('hex');
  const numbers = [first, first + 1] as const;
  const env = (at: 0 | 1): object => ({ name: `HOSTPORT_${PORTS[at].toUpperCase()}`, value: String(numbers[at]) });
  const add = (path: string, value: unknown): JsonPatchStep => ({ op: 'add', path, value });
  const replace = (path: string, value: unknown): JsonPatchStep => ({ op: 'replace', path, value });
  const annotate = (key: string, value: string): JsonPatchStep =>
    add(`/metadata/annotations/${key.replace('/', '~1')}`, value);
  const { allocatedPrefix, requested, reservation } = podAnnotations;
  return [
    add('/metadata/name', name),
    annotate(`${allocatedPrefix}${PORTS[0]}`, String(numbers[0])),
    annotate(`${allocatedPrefix}${PORTS[1]}`, String(numbers[1])),
    annotate(requested, REQUESTED),
    annotate(reservation, '0123456789abcdef-0123456789ab'),
    add('/spec/hostNetwork', true),
    replace('/spec/dnsPolicy', 'ClusterFirstWithHostNet'),
    add('/spec/containers/0/env/0', env(1)),
    add('/spec/containers/0/env/0', env(0)),
    add('/spec/containers/0/ports/0/hostPort', numbers[0]),
    replace('/spec/containers/0/ports/0/containerPort', numbers[0]),
    add('/spec/containers/0/ports/1/hostPort', numbers[1]),
    replace('/spec/containers/0/ports/1/containerPort', numbers[1]),
  ];
}

const REQUESTED =
  '{"containers":[{"name":"server","ports":[{"name":"game","protocol":"UDP","containerPort":7777},{"name":"http","protocol":"TCP","containerPort":8080}]}],"env":["HOSTPORT_GAME","HOSTPORT_HTTP"],"hostNetwork":null,"dnsPolicy":"ClusterFirst"}';
