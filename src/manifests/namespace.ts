import { ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';

/** The namespace of the managers, their ledger and their lease. */
export function namespaceManifest(namespace: string): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: ownLabels } };
}

/**
 * The Pod Security Standard of a namespace: the managers are `restricted`; node agents, on the host network, need
 * `privileged`.
 */
export function podSecurity(level: 'restricted' | 'privileged'): Readonly<Record<string, string>> {
  return { 'pod-security.kubernetes.io/enforce': level };
}
