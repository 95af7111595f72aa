import { expect, test } from '@jest/globals';
import { roomAccess } from '../../../src/manifests/index.ts';

const access = roomAccess('ports');
const find = (kind: string, name: string) =>
  access.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);

test('the right to write nodes is one right, and nobody has it at first', () => {
  expect(find('ClusterRole', 'hostport-room')?.['rules']).toEqual([
    { apiGroups: [''], resources: ['nodes/status'], verbs: ['patch'] },
  ]);
  // Not an empty list: that would take it from the managers again at the next installation.
  expect(find('ClusterRoleBinding', 'hostport-room')).not.toHaveProperty('subjects');
});

test('the managers may change who has it, and bind no other role in no other way', () => {
  const apiGroups = ['rbac.authorization.k8s.io'];
  const resourceNames = ['hostport-room'];
  expect(find('ClusterRole', 'hostport-room-binder')?.['rules']).toEqual([
    { apiGroups, resources: ['clusterroles'], resourceNames, verbs: ['bind'] },
    { apiGroups, resources: ['clusterrolebindings'], resourceNames, verbs: ['get', 'patch'] },
  ]);
  expect(find('ClusterRoleBinding', 'hostport-room-binder')?.['subjects']).toEqual([
    { kind: 'ServiceAccount', name: 'hostport-manager', namespace: 'ports' },
  ]);
});
