import { ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';

/** Where the manager, its ledger and its lease live. */
export function namespaceManifest(namespace: string): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: ownLabels } };
}
