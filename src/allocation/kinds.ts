import {
  GROUP,
  VERSION,
  nodeReports,
  portAllocations,
  portPools,
  roleInstanceSets,
  roleInstances,
} from '../api/index.ts';
import type {
  KindDefinition,
  NodeReport,
  PortAllocation,
  PortPool,
  RoleInstance,
  RoleInstanceSet,
} from '../api/index.ts';
import { resourceType } from '../kube/index.ts';
import type { KubeObject, ResourceType } from '../kube/index.ts';

/** Where the API server serves PortPools. */
export const PortPools = served<PortPool>(portPools);

/** Where the API server serves PortAllocations. */
export const PortAllocations = served<PortAllocation>(portAllocations);

/** Where the API server serves NodeReports. */
export const NodeReports = served<NodeReport>(nodeReports);

/** Where the API server serves RoleInstanceSets. */
export const RoleInstanceSets = served<RoleInstanceSet>(roleInstanceSets);

/** Where the API server serves RoleInstances. */
export const RoleInstances = served<RoleInstance>(roleInstances);

function served<T extends KubeObject>({ plural, kind, namespaced }: KindDefinition): ResourceType<T> {
  return resourceType<T>({ group: GROUP, version: VERSION, plural, kind, namespaced });
}
