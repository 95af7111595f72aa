import {
  CA_SECRET_NAME,
  customResourceDefinition,
  GROUP,
  MANAGER_NAME,
  PATH_SECRET_NAME,
  PortPools,
  ROOM_ROLE_NAME,
  WEBHOOK_CONFIGURATION_NAME,
} from '../api/index.ts';
import { ADMISSION, ownLabels, RBAC } from './manifest.ts';
import type { Manifest } from './manifest.ts';

const follow = ['list', 'watch'];

const webhookConfigurations = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'];

const roleKinds = ['roleinstancesets', 'roleinstances'];
const statusOf = (kinds: readonly string[]): readonly string[] => kinds.map((kind) => `${kind}/status`);

/** `docs/rights.md` says what each right is for; the audit log of the tests shows that each one is used. */
const clusterRules = [
  // Who may use a pool, where the nodes are, and what node agents report.
  { apiGroups: [''], resources: ['namespaces', 'nodes'], verbs: follow },
  { apiGroups: [GROUP], resources: ['nodereports'], verbs: follow },
  // Ports of other pods and Services, and the pods and headless Services of role instances.
  { apiGroups: [''], resources: ['pods'], verbs: ['get', ...follow, 'create', 'delete', 'patch'] },
  { apiGroups: [''], resources: ['services'], verbs: ['get', ...follow, 'create'] },
  { apiGroups: [GROUP], resources: ['portpools'], verbs: [...follow, 'patch'] },
  // Created and deleted: the records of annotated pods, of their controllers, and of roles.
  { apiGroups: [GROUP], resources: ['portallocations'], verbs: ['get', ...follow, 'create', 'patch', 'delete'] },
  { apiGroups: [GROUP], resources: ['roleinstancesets'], verbs: ['get', ...follow, 'patch'] },
  {
    apiGroups: [GROUP],
    resources: ['roleinstances'],
    verbs: ['get', ...follow, 'create', 'update', 'patch', 'delete'],
  },
  { apiGroups: [GROUP], resources: statusOf(['portpools', 'portallocations', ...roleKinds]), verbs: ['patch'] },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
  // Where to find the pods of published Services.
  {
    apiGroups: ['discovery.k8s.io'],
    resources: ['endpointslices'],
    verbs: ['get', ...follow, 'create', 'update', 'delete'],
  },
  // Former templates of sets.
  { apiGroups: ['apps'], resources: ['controllerrevisions'], verbs: [...follow, 'create', 'patch', 'delete'] },
  // The controllers above a pod, and whether they still exist.
  { apiGroups: ['apps'], resources: ['replicasets', 'deployments', 'statefulsets', 'daemonsets'], verbs: ['get'] },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: ['get'] },
  { apiGroups: [''], resources: ['replicationcontrollers'], verbs: ['get'] },
  // Who may read the metrics, with `--metrics-auth`.
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  // The namespace of the ledger.
  {
    apiGroups: ['apiextensions.k8s.io'],
    resources: ['customresourcedefinitions'],
    resourceNames: [customResourceDefinition(PortPools).metadata.name],
    verbs: ['get'],
  },
  // The certificate authority and the path are written only into Hostport's configurations. Others can be read, because
  // a list can't be limited to a name.
  { apiGroups: [ADMISSION], resources: webhookConfigurations, verbs: ['get', ...follow] },
  {
    apiGroups: [ADMISSION],
    resources: webhookConfigurations,
    resourceNames: [WEBHOOK_CONFIGURATION_NAME],
    verbs: ['patch'],
  },
];

const namespaceRules = [
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get', ...follow, 'create', 'update', 'delete'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
  // A right to create can't be limited to a name: the object has none when the right is checked.
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  ...[CA_SECRET_NAME, PATH_SECRET_NAME].map((name) => {
    return { apiGroups: [''], resources: ['secrets'], resourceNames: [name], verbs: ['get', ...follow, 'update'] };
  }),
];

/**
 * The account of the managers and its rights: it may write the ledger, the lease and the certificate only in its own
 * namespace.
 */
export function managerAccess(namespace: string): readonly Manifest[] {
  const metadata = { name: MANAGER_NAME, labels: ownLabels };
  const local = { ...metadata, namespace };
  const subjects = [{ kind: 'ServiceAccount', name: MANAGER_NAME, namespace }];
  const role = (kind: string) => ({ apiGroup: RBAC, kind, name: MANAGER_NAME });
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: local },
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata, rules: clusterRules },
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata, roleRef: role('ClusterRole'), subjects },
    { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: local, rules: namespaceRules },
    { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata: local, roleRef: role('Role'), subjects },
  ];
}

/**
 * The right to advertise the room of pools on nodes. No one has it at first: its binding has no subjects. The managers
 * may change this one binding to this one role; they add themselves while a pool advertises, and remove themselves when
 * none does any more. So the manifest contains no subjects.
 */
export function roomAccess(namespace: string): readonly Manifest[] {
  const binder = `${ROOM_ROLE_NAME}-binder`;
  const roleRef = (name: string) => ({ apiGroup: RBAC, kind: 'ClusterRole', name });
  const role = (name: string, rules: readonly object[]): Manifest => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name, labels: ownLabels },
    rules,
  });
  const binding = (name: string, more: object): Manifest => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: ownLabels },
    roleRef: roleRef(name),
    ...more,
  });
  return [
    role(ROOM_ROLE_NAME, [{ apiGroups: [''], resources: ['nodes/status'], verbs: ['patch'] }]),
    binding(ROOM_ROLE_NAME, {}),
    role(binder, [
      { apiGroups: [RBAC], resources: ['clusterroles'], resourceNames: [ROOM_ROLE_NAME], verbs: ['bind'] },
      {
        apiGroups: [RBAC],
        resources: ['clusterrolebindings'],
        resourceNames: [ROOM_ROLE_NAME],
        verbs: ['get', 'patch'],
      },
    ]),
    binding(binder, { subjects: [{ kind: 'ServiceAccount', name: MANAGER_NAME, namespace }] }),
  ];
}
