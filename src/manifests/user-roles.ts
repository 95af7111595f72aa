import { GROUP } from '../api/index.ts';
import { ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';

const read = ['get', 'list', 'watch'];
const write = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** The kinds of roles, or a subresource of them. */
const ofRoles = (subresource: string) => ['roleinstancesets', 'roleinstances'].map((kind) => kind + subresource);

/** Into which of Kubernetes' own roles the rules of a role go. */
const aggregatedTo = (...roles: readonly string[]) =>
  Object.fromEntries(roles.map((role) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, 'true']));

function clusterRole(name: string, labels: Readonly<Record<string, string>>, rules: readonly object[]): Manifest {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels: { ...ownLabels, ...labels } },
    rules,
  };
}

/**
 * What people may do: who has `view`, `edit` or `admin` in a namespace sees, or writes, the allocations, sets and instances in it.
 * Pools are the cluster's: `hostport-pool-admin` is for whoever is bound to it. So is `hostport-metrics-reader`, for whoever
 * scrapes managers that run with `--metrics-auth`.
 */
export const userRoles: readonly Manifest[] = [
  clusterRole('hostport-view', aggregatedTo('view', 'edit', 'admin'), [
    {
      apiGroups: [GROUP],
      resources: ['portallocations', 'portallocations/status', 'portpools', 'nodereports'],
      verbs: read,
    },
    { apiGroups: [GROUP], resources: [...ofRoles(''), ...ofRoles('/status'), ...ofRoles('/scale')], verbs: read },
  ]),
  clusterRole('hostport-edit', aggregatedTo('edit', 'admin'), [
    { apiGroups: [GROUP], resources: ['portallocations', ...ofRoles('')], verbs: write },
    { apiGroups: [GROUP], resources: ofRoles('/scale'), verbs: ['update', 'patch'] },
  ]),
  clusterRole('hostport-pool-admin', {}, [
    { apiGroups: [GROUP], resources: ['portpools'], verbs: [...read, ...write] },
    { apiGroups: [GROUP], resources: ['portpools/status'], verbs: ['get'] },
  ]),
  clusterRole('hostport-metrics-reader', {}, [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]),
];
