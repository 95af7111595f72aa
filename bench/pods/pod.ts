import { randomBytes } from 'node:crypto';
import { podAnnotations } from '../../src/api/index.ts';
import type { Draft, JsonPatchStep, Pod } from '../../src/kube/index.ts';
import { PORTS, matchPod } from '../match-pod.ts';

/** Where the pods are. */
export const NAMESPACE = 'game';

/** A pod that asks for its ports; one that doesn't is the same but for a word. */
export function draftOf(asks: boolean): Draft<Pod> {
  const annotation = asks ? podAnnotations.enabled : 'example.com/enabled';
  const readinessProbe = { httpGet: { path: '/healthz', port: 'http' } };
  return matchPod({ namespace: NAMESPACE, annotations: { [annotation]: 'true' } }, { readinessProbe });
}

/** What Hostport would answer for that pod, written down beforehand: the number is put in, nothing is looked at. */
export function patchPod(first: number): readonly JsonPatchStep[] {
  const name = `match-${randomBytes(4).toString('hex')}`;
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
