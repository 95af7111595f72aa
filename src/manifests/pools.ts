import { annotations, API_VERSION } from '../api/index.ts';
import { ownLabels } from './manifest.ts';
import type { PortPoolManifest } from '../api/index.ts';

/** The pools that come with Hostport. */
export const shippedPools: readonly PortPoolManifest[] = [
  {
    apiVersion: API_VERSION,
    kind: 'PortPool',
    metadata: { name: 'default', labels: ownLabels, annotations: { [annotations.isDefaultPool]: 'true' } },
    // Outside of the range for NodePorts (30000-32767), and of the numbers that Linux uses for outgoing connections
    // (32768-60999). The owner of the pool can give a namespace more.
    spec: { ranges: ['20000-29999'], maxPortsPerNamespace: 1000 },
  },
  {
    apiVersion: API_VERSION,
    kind: 'PortPool',
    metadata: { name: 'from-30558', labels: ownLabels },
    // For manifests that were written for base port 30558. Services get node ports from this range, too; those count as
    // held.
    spec: { ranges: ['30558-32767'], allowNodePortOverlap: true },
  },
];
