import type { ManifestMeta } from '../api/index.ts';

/** An object that is about to be applied. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ManifestMeta;
  readonly [field: string]: unknown;
}

/** The API group of roles and their bindings. */
export const RBAC = 'rbac.authorization.k8s.io';

/** The API group of webhook configurations and admission policies. */
export const ADMISSION = 'admissionregistration.k8s.io';

/** The image of a version of Hostport. Manifests name a version, never `latest`, which changes under running clusters. */
export function imageOf(version: string): string {
  return `ghcr.io/hostport/hostport:${version}`;
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
