import type { ManifestMeta } from '../api/index.ts';

/** An object that is about to be applied. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ManifestMeta;
  readonly [field: string]: unknown;
}

/** On every object of Hostport, so that `uninstall` finds what an earlier version left. */
export const ownLabels = { 'app.kubernetes.io/name': 'hostport', 'app.kubernetes.io/part-of': 'hostport' } as const;

/** On the managers' pods, and in the selectors for them. */
export const managerLabels = {
  'app.kubernetes.io/name': 'hostport',
  'app.kubernetes.io/component': 'manager',
} as const;

/** Selects objects with {@link ownLabels}. */
export const ownLabelSelector = 'app.kubernetes.io/part-of=hostport';
