import { roleLabels } from '../api/index.ts';
import { Pods } from '../kube/index.ts';
import type { ClusterClient, Pod } from '../kube/index.ts';
import { mayUsePorts } from '../workload/index.ts';
import type { RoleIndex } from './caches.ts';

/** Whose pods: a set's or an instance's. */
export interface PodSelection {
  readonly of: 'set' | 'instance';
  readonly namespace: string;
  readonly name: string;
}

/** Where it is looked for pods. */
export interface WhereToLook {
  readonly client: ClusterClient;
  readonly index: RoleIndex;
}

/**
 * Whether a pod runs that bears the label of a set or an instance: asked of the API server itself where the cache shows
 * none, because numbers are let go on the answer.
 * @param counts which of them matter
 */
export async function podsRun(
  where: WhereToLook,
  { of, namespace, name }: PodSelection,
  counts: (pod: Pod) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const { index } = where;
  const seen = of === 'set' ? index.podsOfSet(namespace, name) : index.podsOfInstance(namespace, name);
  if (seen.some((pod) => mayUsePorts(pod) && counts(pod))) return true;
  return (await runningPods(where, { of, namespace, name }, signal)).some(counts);
}

/** The pods that run and bear the label of a set or an instance, as the API server itself says. */
export async function runningPods(
  { client }: Pick<WhereToLook, 'client'>,
  { of, namespace, name }: PodSelection,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const label = of === 'set' ? roleLabels.roleInstanceSet : roleLabels.roleInstance;
  const { items } = await client.list(Pods, { namespace, labelSelector: `${label}=${name}`, signal });
  return items.filter(mayUsePorts);
}
