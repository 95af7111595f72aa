import { podAnnotations } from '../../src/api/index.ts';
import type { Draft, JsonPatchStep, Pod } from '../../src/kube/index.ts';
import { PORTS, matchPod } from '../match-pod.ts';

/** The pool of scope Node. */
export const POOL = 'nodes';

/** What the annotations with the two numbers of a pod begin with. */
const { allocatedPrefix } = podAnnotations;

/** A pod that takes numbers of {@link POOL}; one that doesn't ask is the same but for a word. */
export function draftOf(namespace: string, asks: boolean): Draft<Pod> {
  const [enabled, pool] = asks
    ? [podAnnotations.enabled, podAnnotations.pool]
    : ['example.com/enabled', 'example.com/pool'];
  return matchPod({ namespace, annotations: { [enabled]: 'true', [pool]: POOL } });
}

/** A pod like `pod` in all that Hostport's webhook wrote there, to be created where there is no Hostport. */
export function likenessOf(
  { metadata: { generateName = '', labels, annotations }, spec }: Pod,
  namespace: string,
): Draft<Pod> {
  return { metadata: { generateName, namespace, labels: labels ?? {}, annotations: annotations ?? {} }, spec };
}

/** What Hostport would answer for the Binding of such a pod, written down beforehand. */
export function patchBinding(first: number): readonly JsonPatchStep[] {
  const numbers = PORTS.map((port, at) => [allocatedPrefix + port, String(first + at)] as const);
  return [{ op: 'add', path: '/metadata/annotations', value: Object.fromEntries(numbers) }];
}

/** What a pod was told with its Binding. */
export function numbersOf({ metadata: { annotations = {} } }: Pod): readonly string[] {
  return PORTS.flatMap((port) => annotations[allocatedPrefix + port] ?? []);
}
