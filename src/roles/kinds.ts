import { GROUP, VERSION, portAllocations, roleInstanceSets, roleInstances } from '../api/index.ts';
import type { KindDefinition, PortAllocation, RoleInstance, RoleInstanceSet } from '../api/index.ts';
import { resourceType } from '../kube/index.ts';
import type { KubeObject, ResourceType } from '../kube/index.ts';

/** Where the API server serves RoleInstanceSets. */
export const RoleInstanceSets = served<RoleInstanceSet>(roleInstanceSets);

/** Where the API server serves RoleInstances. */
export const RoleInstances = served<RoleInstance>(roleInstances);

/** Where the API server serves PortAllocations: who gives the numbers is nobody's business here. */
export const PortAllocations = served<PortAllocation>(portAllocations);

function served<T extends KubeObject>({ plural, kind, namespaced }: KindDefinition): ResourceType<T> {
  return resourceType<T>({ group: GROUP, version: VERSION, plural, kind, namespaced });
}
