import { roleLabels } from '../api/index.ts';
import { Pods } from '../kube/index.ts';
import type { ClusterClient, Pod } from '../kube/index.ts';
import { mayUsePorts } from '../workload/index.ts';
import type { RoleIndex } from './caches.ts';

/** Selects the pods of a set or of an instance. */
export interface PodSelection {
  readonly of: 'set' | 'instance';
  readonly namespace: string;
  readonly name: string;
}

/** Where to look for pods. */
export interface WhereToLook {
  readonly client: ClusterClient;
  readonly index: RoleIndex;
}

/**
 * Whether a pod with the label of a set or an instance runs. Where the cache shows no pod the API server itself is asked,
 * because numbers are given up on the answer.
 * @param counts which of these pods matter
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

/** The running pods with the label of a set or an instance, as the API server itself lists them. */
export async function runningPods(
  { client }: Pick<WhereToLook, 'client'>,
  { of, namespace, name }: PodSelection,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const label = of === 'set' ? roleLabels.roleInstanceSet : roleLabels.roleInstance;
  const { items } = await client.list(Pods, { namespace, labelSelector: `${label}=${name}`, signal });
  return items.filter(mayUsePorts);
}
