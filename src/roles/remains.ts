import type { RoleName } from '../allocation/index.ts';
import { Pods } from '../kube/index.ts';
import type { Pod } from '../kube/index.ts';
import { mayUsePorts } from '../workload/index.ts';
import { roleLabel } from './caches.ts';
import type { RoleReconcilerParts } from './reconciling.ts';

/**
 * Whether a pod with the label of `role` runs. Where the cache shows no pod the API server itself is asked, because numbers are
 * given up on the answer.
 * @param counts which of these pods matter
 */
export async function podsRun(
  parts: Pick<RoleReconcilerParts, 'client' | 'index'>,
  role: RoleName,
  counts: (pod: Pod) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  if (parts.index.podsOf(role).some((pod) => mayUsePorts(pod) && counts(pod))) return true;
  return (await runningPods(parts, role, signal)).some(counts);
}

/** The running pods with the label of `role`, as the API server itself lists them. */
export async function runningPods(
  { client }: Pick<RoleReconcilerParts, 'client'>,
  { kind, namespace, name }: RoleName,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const { items } = await client.list(Pods, { namespace, labelSelector: `${roleLabel[kind]}=${name}`, signal });
  return items.filter(mayUsePorts);
}

/**
 * Releases the numbers that `role`, a set or an instance that is gone, has left, unless instances or pods of it are left.
 * @returns whether to try again: something may still use the numbers, and no watch reports its end
 */
export async function releaseRemains(
  parts: Pick<RoleReconcilerParts, 'client' | 'index' | 'holdings' | 'former'>,
  role: RoleName,
  signal: AbortSignal,
): Promise<boolean> {
  const { index, holdings, former } = parts;
  // The deletion of the last instance, and the end of the last pod, have the role reconciled again.
  const hasInstances = role.kind === 'RoleInstanceSet' && index.instancesLabelled(role.namespace, role.name).length > 0;
  if (hasInstances || index.podsOf(role).some(mayUsePorts)) return false;
  if (await holdings.releaseGone(role, signal)) return true;
  const left = former.madeFor(role);
  if (left.length === 0) return false;
  if ((await runningPods(parts, role, signal)).length > 0) return true;
  for (const allocation of left) await former.remove(allocation, signal);
  return false;
}
