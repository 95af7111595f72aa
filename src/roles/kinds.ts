/** Where the API server serves what roles are made of. */
export { PortAllocations, RoleInstanceSets, RoleInstances } from '../allocation/index.ts';
