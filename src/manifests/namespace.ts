import { ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';

/** Where the manager, its ledger and its lease live. */
export function namespaceManifest(namespace: string): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: ownLabels } };
}

/**
 * What pods in a namespace may be at most, by the Pod Security Standards: the managers are `restricted`, node agents, on
 * the host network, are `privileged` by its word.
 */
export function podSecurity(level: 'restricted' | 'privileged'): Readonly<Record<string, string>> {
  return { 'pod-security.kubernetes.io/enforce': level };
}
