import { MANAGER_NAME, ROOM_ROLE_NAME } from '../api/index.ts';
import { ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';

const RBAC = 'rbac.authorization.k8s.io';

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
