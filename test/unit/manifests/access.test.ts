import { describe, expect, test } from '@jest/globals';
import { managerAccess, roomAccess, userRoles } from '../../../src/manifests/index.ts';
import type { Manifest } from '../../../src/manifests/index.ts';

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const rulesOf = (manifest: Manifest | undefined): readonly PolicyRule[] => (manifest?.['rules'] ?? []) as PolicyRule[];
const access = managerAccess('ports');
const clusterRules = rulesOf(access.find(({ kind }) => kind === 'ClusterRole'));

describe('the managers', () => {
  test.each(['configmaps', 'secrets', 'leases', 'serviceaccounts', 'validatingadmissionpolicies'])(
    'have no right on %s of the whole cluster',
    (resource) => {
      expect(clusterRules.filter(({ resources }) => resources.includes(resource))).toEqual([]);
    },
  );

  test('have no right that is not spelt out', () => {
    const words = access
      .flatMap(rulesOf)
      .flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]);
    for (const word of ['*', 'escalate', 'bind', 'impersonate', 'deletecollection']) expect(words).not.toContain(word);
  });

  test.each(['deployments', 'statefulsets', 'jobs', 'replicationcontrollers'])(
    'only look at %s by name',
    (resource) => {
      const rules = clusterRules.filter(({ resources }) => resources.includes(resource));
      expect(rules.flatMap(({ verbs }) => verbs)).toEqual(['get']);
    },
  );

  test('change no webhook configuration but their own', () => {
    const rules = clusterRules.filter(({ resources }) =>
      resources.some((each) => each.endsWith('webhookconfigurations')),
    );
    const verbsOn = (named: boolean) =>
      rules.filter(({ resourceNames }) => (resourceNames !== undefined) === named).flatMap(({ verbs }) => verbs);
    expect(verbsOn(false)).toEqual(['get', 'list', 'watch']);
    expect(verbsOn(true)).toEqual(['patch']);
    expect(rules.flatMap(({ resourceNames = [] }) => resourceNames)).toEqual(['hostport']);
  });

  test.each([
    ['namespaces', ['list', 'watch']],
    ['nodes', ['list', 'watch']],
    // Those of role instances.
    ['pods', ['create', 'delete', 'get', 'list', 'patch', 'watch']],
    ['services', ['create', 'get', 'list', 'watch']],
    ['pods/status', []],
    ['services/status', []],
  ])('may do with %s no more than %j', (resource, allowed) => {
    const verbs = clusterRules.filter(({ resources }) => resources.includes(resource)).flatMap((rule) => rule.verbs);
    expect(verbs.toSorted()).toEqual(allowed);
  });

  test('are one account, in their own namespace', () => {
    const subject = { kind: 'ServiceAccount', name: 'hostport-manager', namespace: 'ports' };
    for (const binding of access.filter(({ kind }) => kind.endsWith('Binding')))
      expect(binding['subjects']).toEqual([subject]);
    const namespaced = access.filter(({ kind }) => !kind.startsWith('Cluster'));
    expect(namespaced.map(({ metadata }) => metadata.namespace)).toEqual(['ports', 'ports', 'ports']);
  });
});

test('who may only view may change nothing', () => {
  const viewer = userRoles.find(
    ({ metadata }) => metadata.labels?.['rbac.authorization.k8s.io/aggregate-to-view'] === 'true',
  );
  expect(new Set(rulesOf(viewer).flatMap(({ verbs }) => verbs))).toEqual(new Set(['get', 'list', 'watch']));
});

const room = roomAccess('ports');
const findInRoom = (kind: string, name: string) =>
  room.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);

test('the right to write nodes is one right, and nobody has it at first', () => {
  expect(findInRoom('ClusterRole', 'hostport-room')?.['rules']).toEqual([
    { apiGroups: [''], resources: ['nodes/status'], verbs: ['patch'] },
  ]);
  // Not an empty list: that would take it from the managers again at the next installation.
  expect(findInRoom('ClusterRoleBinding', 'hostport-room')).not.toHaveProperty('subjects');
});

test('the managers may change who has it, and bind no other role in no other way', () => {
  const apiGroups = ['rbac.authorization.k8s.io'];
  const resourceNames = ['hostport-room'];
  expect(findInRoom('ClusterRole', 'hostport-room-binder')?.['rules']).toEqual([
    { apiGroups, resources: ['clusterroles'], resourceNames, verbs: ['bind'] },
    { apiGroups, resources: ['clusterrolebindings'], resourceNames, verbs: ['get', 'patch'] },
  ]);
  expect(findInRoom('ClusterRoleBinding', 'hostport-room-binder')?.['subjects']).toEqual([
    { kind: 'ServiceAccount', name: 'hostport-manager', namespace: 'ports' },
  ]);
});
