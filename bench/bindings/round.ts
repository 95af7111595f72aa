import { invariant } from '../../src/base/result.ts';
import { Pods } from '../../src/kube/index.ts';
import type { Draft, Pod } from '../../src/kube/index.ts';
import type { Callers, Timing } from '../callers.ts';
import { numbersOf } from './pod.ts';

/** Pods that are bound in a round. */
export const PODS = 500;
/** Nodes that they are bound to, in turns. */
export const NODES = 50;
/** Who create the pods, and bind them, at once. */
export const CALLERS = 32;

/** Pods that wait for a node, by name and UID. */
type Waiting = readonly Pod['metadata'][];

/** Creates pods that nobody schedules. */
export async function createPods(by: Callers, draft: Draft<Pod>): Promise<Waiting> {
  const created: Pod['metadata'][] = [];
  let left = PODS;
  await by.call(
    CALLERS,
    () => (left-- > 0 ? draft : undefined),
    async (each, { client, signal }) => {
      created.push((await client.create(Pods, each, { signal, metadataOnly: true })).metadata);
    },
  );
  return created;
}

/** Binds each of them as a scheduler does, to the next node; one that is refused ends all. */
export async function bindPods(by: Callers, pods: Waiting): Promise<Timing> {
  let at = 0;
  return by.call(
    CALLERS,
    () => pods[at++],
    async ({ namespace, name, uid }, { client, signal }) => {
      const target = { apiVersion: 'v1', kind: 'Node', name: `node-${1 + (at % NODES)}` };
      const body = { apiVersion: 'v1', kind: 'Binding', metadata: { namespace, name, uid }, target };
      const binding = { subresource: 'binding', body, signal, retryForMs: 0 };
      await client.createSubresource(Pods, { namespace, name }, binding);
    },
  );
}

/** No rate is worth anything if a pod isn't told what it should be, or two on a node are told the same. */
export function verify(pods: readonly Pod[], isTold: boolean): void {
  invariant(pods.length === PODS, `${pods.length} pods are there`);
  const told = pods.flatMap((pod) => numbersOf(pod).map((number) => `${pod.spec.nodeName ?? ''} ${number}`));
  invariant(
    pods.every(({ spec }) => spec.nodeName !== undefined),
    'a pod was left unbound',
  );
  invariant(told.length === (isTold ? 2 * PODS : 0), 'a pod was not told what it should be');
  invariant(new Set(told).size === told.length, 'two pods of a node were told one number');
}
