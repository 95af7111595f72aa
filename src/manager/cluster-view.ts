import { NodeReports, PortAllocations, PortPools, RoleInstances, RoleInstanceSets, roleLabels } from '../api/index.ts';
import type { NodeReport, PortPool } from '../api/index.ts';
import type { Lifetime } from '../base/lifetime.ts';
import { ourSlices } from '../controllers/service/index.ts';
import type { ServiceCaches } from '../controllers/service/index.ts';
import { ConfigMaps, ControllerRevisions, EndpointSlices, Namespaces, Nodes, Pods, Services } from '../kube/index.ts';
import type { ConfigMap, Namespace, ResourceCache } from '../kube/index.ts';
import { ledgerSelector } from '../ledger/index.ts';
import type { RoleCaches } from '../roles/index.ts';
import { shouldCache, trimPod } from '../workload/index.ts';
import { Caches } from './caches.ts';
import type { CachesParts } from './caches.ts';
import { trimNamespace, trimNode, trimService } from './trimmed.ts';

/** Everything that one manager sees of the cluster. */
export interface ClusterView extends RoleCaches, ServiceCaches {
  readonly caches: Caches;
  readonly namespaces: ResourceCache<Namespace>;
  readonly portPools: ResourceCache<PortPool>;
  /** The ConfigMaps of the ledger, including the counters of quotas. */
  readonly stored: ResourceCache<ConfigMap>;
  readonly nodeReports: ResourceCache<NodeReport>;
}

/** The index of allocations by UID. */
export const BY_UID = 'uid';

/** Makes the caches of a manager whose ledger is in `namespace`; none is started yet. */
export function viewCluster(lifetime: Lifetime, parts: CachesParts & { readonly namespace: string }): ClusterView {
  const caches = lifetime.own(new Caches(parts));
  const allocations = caches.make(PortAllocations);
  allocations.index(BY_UID, ({ metadata }) => [metadata.uid]);
  return {
    caches,
    allocations,
    portPools: caches.make(PortPools),
    namespaces: caches.make(Namespaces, { trim: trimNamespace }),
    nodes: caches.make(Nodes, { trim: trimNode }),
    pods: caches.make(Pods, { keep: shouldCache, trim: trimPod }),
    services: caches.make(Services, { trim: trimService }),
    stored: caches.make(ConfigMaps, { namespace: parts.namespace, labelSelector: ledgerSelector }),
    // Serving needs none of these.
    nodeReports: caches.makeOptional(NodeReports),
    sets: caches.makeOptional(RoleInstanceSets),
    instances: caches.makeOptional(RoleInstances),
    revisions: caches.makeOptional(ControllerRevisions, { labelSelector: roleLabels.roleInstanceSet }),
    slices: caches.makeOptional(EndpointSlices, ourSlices),
  };
}
