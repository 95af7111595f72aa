import { annotations, API_VERSION } from '../api/index.ts';
import { ownLabels } from './manifest.ts';
import type { PortPoolManifest } from '../api/index.ts';

/** The pools that come with Hostport. */
export const shippedPools: readonly PortPoolManifest[] = [
  {
    apiVersion: API_VERSION,
    kind: 'PortPool',
    metadata: { name: 'default', labels: ownLabels, annotations: { [annotations.isDefaultPool]: 'true' } },
    // Clear of the NodePorts (30000-32767), and of the ports that Linux uses for outgoing connections (32768-60999).
    // A namespace that needs more gets more from whoever looks after the pool.
    spec: { ranges: ['20000-29999'], maxPortsPerNamespace: 1000 },
  },
  {
    apiVersion: API_VERSION,
    kind: 'PortPool',
    metadata: { name: 'from-30558', labels: ownLabels },
    // For manifests that were written for base port 30558. Services get node ports there, too; theirs count as held.
    spec: { ranges: ['30558-32767'], allowNodePortOverlap: true },
  },
];
