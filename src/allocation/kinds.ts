import { GROUP, VERSION, nodeReports, portAllocations, portPools } from '../api/index.ts';
import type { KindDefinition, NodeReport, PortAllocation, PortPool } from '../api/index.ts';
import { resourceType } from '../kube/index.ts';
import type { KubeObject, ResourceType } from '../kube/index.ts';

/** Where the API server serves PortPools. */
export const PortPools = served<PortPool>(portPools);

/** Where the API server serves PortAllocations. */
export const PortAllocations = served<PortAllocation>(portAllocations);

/** Where the API server serves NodeReports. */
export const NodeReports = served<NodeReport>(nodeReports);

function served<T extends KubeObject>({ plural, kind, namespaced }: KindDefinition): ResourceType<T> {
  return resourceType<T>({ group: GROUP, version: VERSION, plural, kind, namespaced });
}
