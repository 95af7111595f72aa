/**
 * The resources of Hostport: one schema for each kind gives its TypeScript type, its validator and the
 * CustomResourceDefinition in `crds/`; and every name that others rely on (`names.ts`).
 * It refuses a client, the ledger, the clock, and input and output. It knows what an object looks like, not what is
 * done with it.
 * 1. Our validator and the API server refuse the same objects with the same words; only rules that compare an object
 *    with its former version belong to the API server alone.
 * 2. Every text, list and map has a limit, so that the API server can afford the rules.
 * 3. Every message of a rule says what to write instead.
 * 4. A parsed object has its defaults filled in, and no field that isn't in the schema.
 */
export * from './names.ts';
export { HIGHEST_PORT } from './port-range.ts';
export { durationMs } from './duration.ts';
export { selectorMatches } from './label-selector.ts';
export { parseSelectorText } from './selector-text.ts';
export { summarize, SUMMARY_LENGTH } from './summary.ts';
export { MOST_RESERVED, MOST_SOCKETS, NodeReports } from './node-report.ts';
export { LARGEST_REQUEST } from './port-request.ts';
export { POOL_NAME_LENGTH, PortPools } from './port-pool.ts';
export { PortAllocations } from './port-allocation.ts';
export { dnsName } from './dns-name.ts';
export { endEnvOf, portAllocatorConfig, portSharing } from './port-allocator.ts';
export { parsePortReference } from './port-reference.ts';
export { countOf } from './int-or-percent.ts';
export { LARGEST_COMPONENT, MOST_COMPONENTS } from './role-component.ts';
export { MOST_INSTANCES, RoleInstanceSets } from './role-instance-set.ts';
export { RoleInstances } from './role-instance.ts';
export {
  parseNodeReport,
  parsePortAllocation,
  parsePortAllocatorConfig,
  parsePortPool,
  parseRoleInstance,
  parseRoleInstanceSet,
} from './parse.ts';
export { customResourceDefinition, customResourceDefinitions, kinds } from './crd.ts';

export type { CustomResourceDefinition } from './crd.ts';
export type { Column, KindDefinition, ScalePaths } from './kind.ts';
export type { LabelSelector } from './label-selector.ts';
export type { ManifestMeta } from './metadata.ts';
export type { ListeningSocket, NodeReport, NodeReportSpec } from './node-report.ts';
export type { ObjectReference } from './object-reference.ts';
export type { Faults } from './parse.ts';
export type {
  PortAllocation,
  PortAllocationManifest,
  PortAllocationSpec,
  PortAllocationStatus,
} from './port-allocation.ts';
export type { PortAllocatorConfig, PortAllocatorEntry, PortSharing } from './port-allocator.ts';
export type { PortReference } from './port-reference.ts';
export type { PoolScope, PortPool, PortPoolManifest, PortPoolSpec, PortPoolStatus, StrategyName } from './port-pool.ts';
export type { GivenPort, PortProtocol, PortRequest } from './port-request.ts';
export type { InstanceRestartPolicy, RoleComponent } from './role-component.ts';
export type {
  RoleInstanceSet,
  RoleInstanceSetManifest,
  RoleInstanceSetSpec,
  RoleInstanceSetStatus,
} from './role-instance-set.ts';
export type { RoleInstance, RoleInstanceManifest, RoleInstanceSpec, RoleInstanceStatus } from './role-instance.ts';
export type { StructuralSchema } from './structural.ts';
