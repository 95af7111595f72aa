import type { roleLabels } from '../api/index.ts';
import { Pods } from '../kube/index.ts';
import type { ClusterClient, Pod } from '../kube/index.ts';
import { controllerOf, occupancyOf } from '../workload/index.ts';

/** Whose pods. */
export interface PodSelection {
  readonly namespace: string;
  readonly label: typeof roleLabels.roleInstance | typeof roleLabels.roleInstanceSet;
  readonly value: string;
}

/** How to look. */
export interface PodsRunOptions {
  /** The UID of the controller whose pods don't count. */
  readonly except?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Whether a pod runs that bears a label: asked of the API server itself where the cache shows none, because numbers
 * are let go on the answer.
 * @param seen what the cache shows of the selection
 */
export async function podsRun(
  { namespace, label, value }: PodSelection,
  seen: readonly Pod[],
  client: ClusterClient,
  { except, signal }: PodsRunOptions,
): Promise<boolean> {
  const counts = (pod: Pod): boolean =>
    occupancyOf(pod) === 'running' && (except === undefined || controllerOf(pod)?.uid !== except);
  if (seen.some(counts)) return true;
  const { items } = await client.list(Pods, { namespace, labelSelector: `${label}=${value}`, signal });
  return items.some(counts);
}
