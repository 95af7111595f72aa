import { CA_SECRET_NAME, GROUP, MANAGER_NAME, PATH_SECRET_NAME, WEBHOOK_CONFIGURATION_NAME } from '../../api/index.ts';
import { ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';

const RBAC = 'rbac.authorization.k8s.io';
const read = ['get', 'list', 'watch'];

const ADMISSION = 'admissionregistration.k8s.io';
const webhookConfigurations = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'];

const roleKinds = ['roleinstancesets', 'roleinstances'];
const subresources = (name: string): readonly string[] => roleKinds.map((kind) => `${kind}/${name}`);

const clusterRules = [
  // Who may use a pool, where the nodes are, and which ports others hold.
  { apiGroups: [''], resources: ['namespaces', 'nodes', 'pods', 'services'], verbs: read },
  { apiGroups: [GROUP], resources: ['portpools'], verbs: [...read, 'update', 'patch'] },
  // Created and deleted: the records of annotated pods and of their controllers.
  { apiGroups: [GROUP], resources: ['portallocations'], verbs: [...read, 'create', 'update', 'patch', 'delete'] },
  { apiGroups: [GROUP], resources: ['portpools/status', 'portallocations/status'], verbs: ['get', 'update', 'patch'] },
  { apiGroups: [GROUP], resources: ['portpools/finalizers', 'portallocations/finalizers'], verbs: ['update'] },
  // What node agents see.
  { apiGroups: [GROUP], resources: ['nodereports'], verbs: read },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
  // What sets and instances are made of: instances, pods, headless Services, former templates.
  { apiGroups: [GROUP], resources: roleKinds, verbs: [...read, 'create', 'update', 'patch', 'delete'] },
  { apiGroups: [GROUP], resources: subresources('status'), verbs: ['get', 'update', 'patch'] },
  { apiGroups: [GROUP], resources: subresources('scale'), verbs: ['get', 'update', 'patch'] },
  { apiGroups: [GROUP], resources: subresources('finalizers'), verbs: ['update'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['create', 'delete', 'patch'] },
  { apiGroups: [''], resources: ['services'], verbs: ['create'] },
  // Where the pods of Services that are published are to be found.
  {
    apiGroups: ['discovery.k8s.io'],
    resources: ['endpointslices'],
    verbs: [...read, 'create', 'update', 'patch', 'delete'],
  },
  {
    apiGroups: ['apps'],
    resources: ['controllerrevisions'],
    verbs: [...read, 'create', 'update', 'patch', 'delete'],
  },
  // Which object a pod belongs to in the end, and whether it is still there.
  { apiGroups: ['apps'], resources: ['replicasets', 'deployments', 'statefulsets', 'daemonsets'], verbs: ['get'] },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: ['get'] },
  { apiGroups: [''], resources: ['replicationcontrollers'], verbs: ['get'] },
  // The certificate authority and the path are written into our own only; those of others can be seen, because a list has no name.
  { apiGroups: [ADMISSION], resources: webhookConfigurations, verbs: read },
  {
    apiGroups: [ADMISSION],
    resources: webhookConfigurations,
    resourceNames: [WEBHOOK_CONFIGURATION_NAME],
    verbs: ['update', 'patch'],
  },
];

const namespaceRules = [
  { apiGroups: [''], resources: ['configmaps'], verbs: [...read, 'create', 'update', 'patch', 'delete'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: [...read, 'create', 'update', 'patch'] },
  // A name can't be asked for in create: the object has none yet when the right is checked.
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  {
    apiGroups: [''],
    resources: ['secrets'],
    resourceNames: [CA_SECRET_NAME, PATH_SECRET_NAME],
    verbs: [...read, 'update', 'patch'],
  },
];

/** The account of the managers and what it may do: the ledger, the lease and the certificate in its own namespace only. */
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
