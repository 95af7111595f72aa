/** The PortAllocation with the RoleScoped ports of a set, or of an instance without one. The dot keeps it apart from names of people. */
export function roleAllocationName(owner: string): string {
  return `${owner}.role`;
}

/** The PortAllocation with the PodScoped ports of an instance. */
export function podAllocationName(instance: string): string {
  return `${instance}.pods`;
}
