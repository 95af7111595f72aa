import type { ManifestMeta } from '../api/index.ts';

/** An object that is about to be applied. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ManifestMeta;
  readonly [field: string]: unknown;
}

/** On everything of ours, so that `uninstall` finds what an older version left. */
export const ownLabels = { 'app.kubernetes.io/name': 'hostport', 'app.kubernetes.io/part-of': 'hostport' } as const;

/** On the pods of the manager, and what selects them. */
export const managerLabels = {
  'app.kubernetes.io/name': 'hostport',
  'app.kubernetes.io/component': 'manager',
} as const;

/** Finds what bears {@link ownLabels}. */
export const ownLabelSelector = 'app.kubernetes.io/part-of=hostport';
