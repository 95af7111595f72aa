import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { root, schemaCluster } from './cluster.ts';
import { succeed } from './kubectl.ts';
import type { SchemaCluster } from './cluster.ts';

const folder = `${root}config/default`;

let cluster: SchemaCluster;
beforeAll(async () => {
  cluster = await schemaCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

test('config/default builds, with everything in it', async () => {
  const built = parseAllDocuments(await succeed(cluster.kubectl(['kustomize', folder])));
  const names = built.map((document) => {
    const { kind, metadata } = document.toJS() as { kind: string; metadata: { name: string } };
    return `${kind}/${metadata.name}`;
  });
  expect(names.sort()).toEqual([
    'ClusterRole/hostport-edit',
    'ClusterRole/hostport-manager',
    'ClusterRole/hostport-metrics-reader',
    'ClusterRole/hostport-pool-admin',
    'ClusterRole/hostport-room',
    'ClusterRole/hostport-room-binder',
    'ClusterRole/hostport-view',
    'ClusterRoleBinding/hostport-manager',
    'ClusterRoleBinding/hostport-room',
    'ClusterRoleBinding/hostport-room-binder',
    'CustomResourceDefinition/nodereports.hostport.io',
    'CustomResourceDefinition/portallocations.hostport.io',
    'CustomResourceDefinition/portpools.hostport.io',
    'CustomResourceDefinition/roleinstances.hostport.io',
    'CustomResourceDefinition/roleinstancesets.hostport.io',
    'Deployment/hostport-manager',
    'FlowSchema/hostport-manager',
    'MutatingWebhookConfiguration/hostport',
    'Namespace/hostport-system',
    'NetworkPolicy/hostport-manager',
    'PodDisruptionBudget/hostport-manager',
    'PortPool/default',
    'PortPool/from-30558',
    'PriorityLevelConfiguration/hostport-manager',
    'ResourceQuota/hostport-manager',
    'Role/hostport-manager',
    'RoleBinding/hostport-manager',
    'Service/hostport-webhook',
    'ServiceAccount/hostport-manager',
    'ValidatingAdmissionPolicy/hostport-bindings',
    'ValidatingAdmissionPolicy/hostport-opted-in',
    'ValidatingAdmissionPolicy/hostport-results',
    'ValidatingAdmissionPolicyBinding/hostport-bindings',
    'ValidatingAdmissionPolicyBinding/hostport-opted-in',
    'ValidatingAdmissionPolicyBinding/hostport-results',
    'ValidatingWebhookConfiguration/hostport',
  ]);
});

test('the API server takes it, with restricted pod security', async () => {
  // A dry run stores nothing, so that what lives in a namespace needs one that is there.
  await succeed(cluster.kubectl(['create', 'namespace', 'hostport-system']));
  const namespace = ['namespace', 'hostport-system'];
  await succeed(cluster.kubectl(['label', ...namespace, 'pod-security.kubernetes.io/warn=restricted']));
  const { code, stdout, stderr } = await cluster.kubectl(['apply', '-k', folder, '--dry-run=server']);
  // kubectl warns of what it finds and didn't apply itself: the namespace that was made by hand.
  expect(stderr.split('\n').filter((line) => line.includes('would violate PodSecurity'))).toEqual([]);
  expect({ code, lines: stdout.trim().split('\n').length }).toEqual({ code: 0, lines: 36 });
});

test('the API server takes the node agents of config/node-agent', async () => {
  const agents = await succeed(cluster.kubectl(['apply', '-k', `${root}config/node-agent`, '--dry-run=server']));
  const names = agents
    .trim()
    .split('\n')
    .map((line) => line.replace(/ .*/, ''));
  expect(names.sort()).toEqual([
    'clusterrole.rbac.authorization.k8s.io/hostport-node-agent',
    'clusterrolebinding.rbac.authorization.k8s.io/hostport-node-agent',
    'daemonset.apps/hostport-node-agent',
    'serviceaccount/hostport-node-agent',
    'validatingadmissionpolicy.admissionregistration.k8s.io/hostport-node-agent',
    'validatingadmissionpolicybinding.admissionregistration.k8s.io/hostport-node-agent',
  ]);
});

test('config/with-node-agents is both, in a namespace that lets the agents in', async () => {
  const built = await succeed(cluster.kubectl(['kustomize', `${root}config/with-node-agents`]));
  const objects = parseAllDocuments(built).map(
    (each) => each.toJS() as { kind: string; metadata: { labels?: object } },
  );
  expect(objects.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['Deployment', 'DaemonSet']));
  expect(objects.find(({ kind }) => kind === 'Namespace')?.metadata.labels).toMatchObject({
    'app.kubernetes.io/part-of': 'hostport',
    'pod-security.kubernetes.io/enforce': 'privileged',
  });
});

test('and stores it', async () => {
  await succeed(cluster.kubectl(['apply', '-k', folder]));
  expect((await succeed(cluster.kubectl(['get', 'portpools', '-o', 'name']))).trim().split('\n')).toEqual([
    'portpool.hostport.io/default',
    'portpool.hostport.io/from-30558',
  ]);
});
