import { GROUP } from '../api/index.ts';
import { ownLabels, RBAC } from './manifest.ts';
import type { Manifest } from './manifest.ts';

const read = ['get', 'list', 'watch'];
const write = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** The kinds of roles, or a subresource of them. */
const ofRoles = (subresource: string) => ['roleinstancesets', 'roleinstances'].map((kind) => kind + subresource);

/** The labels that add the rules of a role to roles of Kubernetes. */
const aggregatedTo = (...roles: readonly string[]) =>
  Object.fromEntries(roles.map((role) => [`${RBAC}/aggregate-to-${role}`, 'true']));

function clusterRole(name: string, labels: Readonly<Record<string, string>>, rules: readonly object[]): Manifest {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...ownLabels, ...labels } },
    rules,
  };
}

/**
 * The rights of users: a user with `view`, `edit` or `admin` in a namespace can see, or write, the allocations, sets
 * and instances in it. Pools belong to the cluster: bind `hostport-pool-admin` to those who manage them. Bind
 * `hostport-metrics-reader` to programs that scrape managers which run with `--metrics-auth`.
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
