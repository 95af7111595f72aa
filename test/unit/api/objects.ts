/** A stored object of ours around `spec`, as the API server would send it. */
export function stored(
  kind: 'PortPool' | 'PortAllocation' | 'RoleInstanceSet' | 'RoleInstance',
  spec: unknown,
  name = 'one',
): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'hostport.io/v1alpha1',
    kind,
    metadata: {
      name,
      ...(kind !== 'PortPool' && { namespace: 'games' }),
      uid: '2f0e',
      resourceVersion: '7',
      generation: 1,
      creationTimestamp: '2026-01-02T03:04:05Z',
      managedFields: [{ manager: 'kubectl' }],
    },
    spec,
  };
}
