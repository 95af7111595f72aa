import { customResourceDefinition } from './crd.ts';
import type { CustomResourceDefinition } from './crd.ts';
import type { KindDefinition } from './kind.ts';
import { NodeReports } from './node-report.ts';
import { PortAllocations } from './port-allocation.ts';
import { PortPools } from './port-pool.ts';
import { RoleInstanceSets } from './role-instance-set.ts';
import { RoleInstances } from './role-instance.ts';

/** Every kind of Hostport. */
export const kinds: readonly KindDefinition[] = [
  PortPools,
  PortAllocations,
  RoleInstanceSets,
  RoleInstances,
  NodeReports,
];

/** The CRDs of all kinds. */
export function customResourceDefinitions(): readonly CustomResourceDefinition[] {
  return kinds.map(customResourceDefinition);
}
