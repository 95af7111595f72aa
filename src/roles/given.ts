import { roleLabels } from '../api/index.ts';
import type { PortAllocation } from '../api/index.ts';
import type { Pod, ResourceCache } from '../kube/index.ts';
import { podAllocationName, roleAllocationName } from './allocation-names.ts';

/** Whether `number` was given to the instance of `pod`, or to its set: then the pod has it by right. */
export function wasGivenToRole(allocations: ResourceCache<PortAllocation>, { metadata }: Pod, number: number): boolean {
  const instance = metadata.labels?.[roleLabels.roleInstance];
  if (instance === undefined) return false;
  const owner = metadata.labels?.[roleLabels.roleInstanceSet] ?? instance;
  const names = [podAllocationName(instance), roleAllocationName(owner)];
  return names
    .flatMap((name) => allocations.get(metadata.namespace, name)?.status?.ports ?? [])
    .some(({ port, endPort = port }) => port <= number && number <= endPort);
}
