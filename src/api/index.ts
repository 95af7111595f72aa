/**
 * The resources of Hostport. One schema for each kind gives its TypeScript type, its validator and its
 * CustomResourceDefinition in `crds/`. `names.ts` and `condition-types.ts` have every name that others rely on.
 * This folder refuses a client, the ledger, the clock, and input and output. It knows what an object looks like, and not
 * what is done with it.
 * 1. Our validator and the API server refuse the same objects with the same words. Only rules that compare an object with
 *    its former version belong to the API server alone.
 * 2. Every text, list and map has a limit, so that the API server can afford the rules.
 * 3. Every message of a rule says what to write instead.
 * 4. A parsed object has its defaults filled in, and no field that isn't in the schema.
 */
export * from './names.ts';
export { conditionTypes, eventReasons } from './condition-types.ts';
export { customResourceDefinition } from './crd.ts';
export type { CustomResourceDefinition, StructuralSchema } from './crd.ts';
export { customResourceDefinitions, kinds } from './kinds.ts';
export type { Faults } from './parse.ts';
export type { ManifestMeta } from './standard-fields.ts';

export { POOL_NAME_LENGTH, parsePortPool, PortPools } from './port-pool.ts';
export type { PoolScope, PortPool, PortPoolManifest, PortPoolSpec, PortPoolStatus, StrategyName } from './port-pool.ts';
export { parsePortAllocation, PortAllocations } from './port-allocation.ts';
export type { PortAllocation, PortAllocationManifest, PortAllocationStatus } from './port-allocation.ts';
export { parseRoleInstanceSet, RoleInstanceSets } from './role-instance-set.ts';
export type { RoleInstanceSet, RoleInstanceSetManifest, RoleInstanceSetStatus } from './role-instance-set.ts';
export { parseRoleInstance, RoleInstances } from './role-instance.ts';
export type { RoleInstance, RoleInstanceStatus } from './role-instance.ts';
export type { InstanceRestartPolicy, RoleComponent } from './role-component.ts';
export { MOST_RESERVED, MOST_SOCKETS, NodeReports, parseNodeReport } from './node-report.ts';
export type { ListeningSocket, NodeReport, NodeReportSpec } from './node-report.ts';

export { LARGEST_REQUEST } from './port-request.ts';
export type { GivenPort, PortProtocol, PortRequest } from './port-request.ts';
export { endEnvOf, parsePortAllocatorConfig, parsePortReference } from './port-allocator.ts';
export type { PortAllocatorConfig, PortAllocatorEntry, PortReference, PortSharing } from './port-allocator.ts';
export { summarize, SUMMARY_LENGTH } from './allocation-outcome.ts';
export { countOf, durationMs } from './amounts.ts';
export { parseSelectorText, selectorMatches } from './label-selector.ts';
export { dnsName } from './name-forms.ts';
export { HIGHEST_PORT } from './port-range.ts';
