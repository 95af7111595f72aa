import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventuallyWith } from '../../support/hostport/eventually.ts';
import { installation } from '../api/installation.ts';
import type { Installation } from '../api/installation.ts';
import { succeed } from '../api/kubectl.ts';
import type { Run } from '../api/kubectl.ts';

/** Nobody listens there, and nobody is asked: what is tried here the API server decides by itself. */
const NOWHERE = 'https://127.0.0.1:1';
const TENANT = 'games';
const ALLOCATOR = '{"allocations":[{"name":"rtp","env":"RTP","count":3}]}';
const RBG_ALLOCATOR = 'rolebasedgroup.workloads.x-k8s.io/port-allocator';

/** A pod as the create webhook leaves it. */
const annotations = {
  'hostport.io/enabled': 'true',
  'hostport.io/pool': 'default',
  'hostport.io/port-allocator': ALLOCATOR,
  [RBG_ALLOCATOR]: ALLOCATOR,
  'hostport.io/requested': '{}',
  'hostport.io/reservation': 'token',
  'hostport.io/allocated-game': '20001',
};
const labels = { app: 'game', 'hostport.io/role-instance': 'prefill-0' };

const eventually = eventuallyWith(() => '');
let cluster: Installation;
/** kubectl with the token of a tenant, who may do in its namespace what `edit` may, and bind pods, and write their status. */
let tenant: (args: readonly string[], input?: object) => Promise<Run>;

beforeAll(async () => {
  cluster = await installation();
  const admin = (...args: readonly string[]): Promise<string> => succeed(cluster.kubectl(args));
  await cluster.install(undefined, NOWHERE);
  await admin('create', 'namespace', TENANT);
  await admin('create', 'serviceaccount', 'dev', '-n', TENANT);
  const more = '--resource=pods/status,pods/resize,pods/ephemeralcontainers,pods/binding,bindings';
  await admin('create', 'clusterrole', 'more', '--verb=create,get,patch,update', more);
  const accounts = [`--serviceaccount=${TENANT}:dev`, '--serviceaccount=hostport-system:hostport-manager'];
  for (const role of ['edit', 'more']) {
    await admin('create', 'rolebinding', role, '-n', TENANT, `--clusterrole=${role}`, ...accounts);
    await admin('create', 'rolebinding', role, '-n', 'kube-system', `--clusterrole=${role}`, ...accounts);
  }
  const token = (await admin('create', 'token', 'dev', '-n', TENANT)).trim();
  tenant = (args, input) => cluster.kubectl(['--token', token, '-n', TENANT, ...args], input);
  for (const namespace of [TENANT, 'kube-system', 'default'])
    await eventually(
      () => cluster.kubectl(['get', 'serviceaccount', 'default', '-n', namespace]),
      ({ code }) => code === 0,
      `the default account of ${namespace}`,
    );
  // The pods are made behind the webhook's back, as those were that an earlier version served.
  await admin('delete', 'mutatingwebhookconfiguration', 'hostport');
  const made = (): Promise<Run> => tenant(['create', '-f', '-'], pod('served', { annotations, labels }));
  await eventually(made, ({ code }) => code === 0, 'the pod is made, without a webhook');
  await succeed(tenant(['create', '-f', '-'], pod('plain', { labels: { app: 'web' } })));
  const elsewhere = pod('plain', { namespace: 'kube-system' });
  await succeed(tenant(['create', '-n', 'kube-system', '-f', '-'], elsewhere));
  const inForce = (): Promise<Run> => annotate('served', 'hostport.io/allocated-game=1', '--dry-run=server');
  await eventually(inForce, ({ stderr }) => stderr.includes('hostport-results'), 'the policies are in force');
});
afterAll(async () => cluster[Symbol.asyncDispose]());

function pod(name: string, metadata: object): object {
  const containers = [{ name: 'server', image: 'game', ports: [{ name: 'game', containerPort: 7777 }] }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: { automountServiceAccountToken: false, containers },
  };
}

function annotate(name: string, ...args: readonly string[]): Promise<Run> {
  return tenant(['annotate', 'pod', name, '--overwrite', ...args]);
}

/** Labels and annotations as they are stored. */
async function saidBy(name: string): Promise<{ annotations: unknown; labels: unknown }> {
  const { metadata } = JSON.parse(await succeed(tenant(['get', 'pod', name, '-o', 'json']))) as {
    metadata: { annotations?: unknown; labels?: unknown };
  };
  return { annotations: metadata.annotations ?? {}, labels: metadata.labels };
}

const keyIn = (change: string): string => /^[^=]+?(?==|-$)/.exec(change)?.[0] ?? '';

describe('a pod that was served', () => {
  test.each([
    'hostport.io/port-allocator={"allocations":[{"name":"rtp","env":"RTP","count":900}]}',
    'hostport.io/port-allocator-',
    `${RBG_ALLOCATOR}={"allocations":[{"name":"rtp","env":"RTP","count":900}]}`,
    `${RBG_ALLOCATOR}-`,
    'hostport.io/enabled-',
    'hostport.io/pool=office',
    'hostport.io/allocation=match-7',
    'hostport.io/allocated-game=10250',
    'hostport.io/allocated-game-',
    'hostport.io/allocated-other=20002',
    'hostport.io/reservation=other',
    'hostport.io/requested-',
    'hostport.io/anything=1',
  ])('is not annotated with %s', async (change) => {
    const { code, stderr } = await annotate('served', change);
    expect(code).toBe(1);
    expect(stderr).toContain(`denied request: ${keyIn(change)} may not be added, changed or removed`);
    expect(stderr).toContain('change the pod template, or delete the pod and create it anew');
    expect(await saidBy('served')).toEqual({ annotations, labels });
  });

  test.each(['hostport.io/role-instance=prefill-1', 'hostport.io/role-instance-', 'hostport.io/group=other'])(
    'is not labelled with %s',
    async (change) => {
      const { code, stderr } = await tenant(['label', 'pod', 'served', '--overwrite', change]);
      expect(code).toBe(1);
      expect(stderr).toContain(`${keyIn(change)} may not be added, changed or removed`);
      expect(await saidBy('served')).toEqual({ annotations, labels });
    },
  );

  test.each(['status', 'resize', 'ephemeralcontainers'])('stays as it is on the way of its %s', async (subresource) => {
    const metadata = { annotations: { 'hostport.io/allocated-game': '7' }, labels: { 'hostport.io/group': 'x' } };
    const args = ['patch', 'pod', 'served', `--subresource=${subresource}`, '--type=merge', '-p'];
    await tenant([...args, JSON.stringify({ metadata })]);
    expect(await saidBy('served')).toEqual({ annotations, labels });
  });

  test('and its status is the one of these ways that would lead there', async () => {
    const metadata = { labels: { 'hostport.io/role-instance': 'prefill-1' } };
    const args = ['patch', 'pod', 'served', '--subresource=status', '--type=merge', '-p', JSON.stringify({ metadata })];
    expect((await tenant(args)).stderr).toContain("ValidatingAdmissionPolicy 'hostport-results'");
  });

  test('is not changed by the managers, either', async () => {
    const change = ['annotate', 'pod', 'served', '-n', TENANT, '--overwrite', 'hostport.io/allocated-game=1'];
    const asManager = '--as=system:serviceaccount:hostport-system:hostport-manager';
    expect((await cluster.kubectl([...change, asManager])).stderr).toContain('may not be added, changed or removed');
  });

  test('may be changed in everything else: a status by the kubelet, words of others, an owner', async () => {
    const status = JSON.stringify({ status: { phase: 'Running' } });
    await succeed(tenant(['patch', 'pod', 'served', '--subresource=status', '--type=merge', '-p', status]));
    await succeed(annotate('served', 'rolebasedgroup.workloads.x-k8s.io/in-place=1'));
    await succeed(tenant(['label', 'pod', 'served', 'tier=front']));
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: '1' };
    const metadata = JSON.stringify({ metadata: { ownerReferences: [owner], finalizers: ['example.com/x'] } });
    await succeed(tenant(['patch', 'pod', 'served', '--type=merge', '-p', metadata]));
    expect(await saidBy('served')).toEqual({
      annotations: { ...annotations, 'rolebasedgroup.workloads.x-k8s.io/in-place': '1' },
      labels: { ...labels, tier: 'front' },
    });
  });
});

describe('a pod that came without ports', () => {
  test.each(['hostport.io/enabled=true', 'hostport.io/allocated-game=10250', 'hostport.io/reservation=x'])(
    'is not annotated with %s later',
    async (change) => {
      expect((await annotate('plain', change)).stderr).toContain(`${keyIn(change)} may not be added`);
      expect(await saidBy('plain')).toEqual({ annotations: {}, labels: { app: 'web' } });
    },
  );

  test('is not labelled as one of a role', async () => {
    const { stderr } = await tenant(['label', 'pod', 'plain', 'hostport.io/role-instance=prefill-0']);
    expect(stderr).toContain('hostport.io/role-instance may not be added');
  });

  test('says in the words of RoleBasedGroup what that wants to say', async () => {
    await succeed(annotate('plain', `${RBG_ALLOCATOR}={}`));
    await succeed(annotate('plain', `${RBG_ALLOCATOR}-`));
  });
});

describe.each([TENANT, 'kube-system'])('a Binding in namespace %s, where the managers are not asked', (namespace) => {
  const bind = (path: string, metadata: object, name = 'plain'): Promise<Run> => {
    const target = { apiVersion: 'v1', kind: 'Node', name: 'node-1' };
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, ...metadata }, target };
    return tenant(['create', '--raw', `/api/v1/namespaces/${namespace}/${path}`, '-f', '-'], binding);
  };

  test.each([
    ['pods/plain/binding', 'annotations', 'hostport.io/allocated-game', '10250'],
    ['bindings', 'annotations', 'hostport.io/allocated-game', '10250'],
    ['pods/plain/binding', 'annotations', RBG_ALLOCATOR, '{}'],
    ['pods/plain/binding', 'labels', 'hostport.io/role-instance', 'prefill-0'],
    ['bindings', 'labels', 'hostport.io/role-instance', 'prefill-0'],
  ])('by %s is refused with %s %s: %s', async (path, field, key, value) => {
    const { code, stderr } = await bind(path, { [field]: { [key]: value } });
    expect(code).toBe(1);
    expect(stderr).toContain(`a Binding may not carry ${key}: Hostport alone writes it, remove it`);
  });

  test('goes through with words of others, as those of schedulers do', async () => {
    await succeed(bind('pods/plain/binding', { annotations: { 'example.com/note': '1' } }));
  });
});
