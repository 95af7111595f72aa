import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventuallyWith } from '../../support/hostport/eventually.ts';
import { installation } from '../api/installation.ts';
import type { Installation } from '../api/installation.ts';
import { succeed } from '../api/kubectl.ts';
import type { Run } from '../api/kubectl.ts';

/** Nobody listens there. */
const NOWHERE = 'https://127.0.0.1:1';
const EXEMPT = ['kube-system', 'kube-node-lease', 'hostport-system'];
const ASKING = [
  ['hostport.io/enabled', 'true'],
  ['hostport.io/enabled', 'yes'],
  ['hostport.io/allocation', 'match-7'],
  ['hostport.io/port-allocator', '{}'],
  ['rolebasedgroup.workloads.x-k8s.io/port-allocator', '{}'],
] as const;
const RESULTS = ['hostport.io/allocated-game', 'hostport.io/reservation', 'hostport.io/requested'];

const eventually = eventuallyWith(() => '');
const plain = pod('plain');
const asking = pod('asking', { 'hostport.io/enabled': 'true' });

let cluster: Installation;
/** The two pods as the API server makes them without us. */
let untouched: { readonly plain: unknown; readonly asking: unknown };

beforeAll(async () => {
  cluster = await installation();
  await accountOf('default');
  untouched = { plain: await asStored(plain), asking: await asStored(asking) };
  await cluster.install(undefined, NOWHERE);
  for (const namespace of EXEMPT) await accountOf(namespace);
  await refusal(() => create(asking, '--dry-run=server'), 'pods.hostport.io');
  await refusal(() => create(inNamespace(asking, 'kube-system'), '--dry-run=server'), 'hostport-opted-in');
});
afterAll(async () => cluster[Symbol.asyncDispose]());

interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

/** A pod without the token of its account, whose volume would have another name each time. */
function pod(name: string, annotations?: Readonly<Record<string, string>>): Pod {
  const ports = [{ name: 'game', containerPort: 7777, protocol: 'UDP' }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      automountServiceAccountToken: false,
      // As the managers' own namespace asks of every pod.
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'server',
          image: 'game',
          ports,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  } as Pod;
}

function inNamespace(each: Pod, namespace: string): Pod {
  return { ...each, metadata: { ...each.metadata, namespace } };
}

function create(each: Pod, ...args: readonly string[]): Promise<Run> {
  return cluster.kubectl(['create', '-f', '-', ...args], each);
}

/** Waits for the account that pods run as, without which none can be created. */
async function accountOf(namespace: string): Promise<void> {
  const read = (): Promise<Run> => cluster.kubectl(['get', 'serviceaccount', 'default', '-n', namespace]);
  await eventually(read, ({ code }) => code === 0, `the default account of ${namespace}`);
}

/** Waits until `attempt` is refused with `words`, and gives what was said: what is installed comes into force soon after. */
async function refusal(attempt: () => Promise<Run>, words: string): Promise<string> {
  const isRefused = ({ code, stderr }: Run): boolean => code !== 0 && stderr.includes(words);
  return (await eventually(attempt, isRefused, `a refusal with "${words}"`)).stderr;
}

/** Creates a pod and deletes it again; gives it without what differs each time. */
async function asStored(each: Pod): Promise<unknown> {
  await succeed(create(each));
  const path = ['pod', each.metadata.name, '-n', each.metadata.namespace];
  const { metadata, ...stored } = JSON.parse(await succeed(cluster.kubectl(['get', ...path, '-o', 'json']))) as Pod & {
    readonly metadata: Record<string, unknown>;
  };
  await succeed(cluster.kubectl(['delete', ...path, '--now']));
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _since, ...lasting } = metadata;
  return { ...stored, metadata: lasting };
}

/** A field of the webhook. */
function ofWebhook(path: string): Promise<string> {
  return succeed(
    cluster.kubectl(['get', 'mutatingwebhookconfiguration', 'hostport', '-o', `jsonpath={.webhooks[0].${path}}`]),
  );
}

describe('while no manager answers', () => {
  test('a pod that asks for nothing is created as if Hostport were not there', async () => {
    expect(await asStored(plain)).toEqual(untouched.plain);
  });

  test('so is one with annotations of others', async () => {
    const theirs = pod('theirs', { 'example.com/hostport.io': 'true' });
    expect(await asStored(theirs)).toHaveProperty('metadata.annotations', { 'example.com/hostport.io': 'true' });
  });

  test.each([...ASKING, ['hostport.io/enabled', 'false'], ['hostport.io/enalbed', 'true']] as const)(
    'a pod with %s: %s is refused in the name of the webhook',
    async (key, value) => {
      const { code, stderr } = await create(pod('asking', { [key]: value }));
      expect({ code, stderr }).toMatchObject({ code: 1 });
      expect(stderr).toContain('failed calling webhook "pods.hostport.io"');
      expect(stderr).toContain(`"${NOWHERE}/?timeout=10s"`);
    },
  );
});

describe.each(EXEMPT)('in the exempt namespace %s', (namespace) => {
  test.each(ASKING)('a pod with %s: %s is told that it gets no ports', async (key, value) => {
    const { code, stderr } = await create(inNamespace(pod('asking', { [key]: value }), namespace));
    expect(code).toBe(1);
    expect(stderr).toContain(`Hostport gives no ports in namespace ${namespace}: remove ${key}`);
  });

  test.each(RESULTS)('a pod may not bring %s along', async (key) => {
    const { code, stderr } = await create(inNamespace(pod('forged', { [key]: '20001' }), namespace));
    expect(code).toBe(1);
    expect(stderr).toContain(`nobody else writes ${key}: remove it`);
  });

  test.each([undefined, { 'hostport.io/enabled': 'false' }])('a pod with %j is created', async (annotations) => {
    const metadata = { metadata: { namespace, ...(annotations === undefined ? {} : { annotations }) } };
    expect(await asStored(inNamespace(pod('quiet', annotations), namespace))).toMatchObject(metadata);
  });
});

describe('caBundle', () => {
  let authority = '';
  beforeAll(async () => {
    const path = '{.clusters[0].cluster.certificate-authority-data}';
    authority = await succeed(cluster.kubectl(['config', 'view', '--raw', '--minify', '-o', `jsonpath=${path}`]));
  });

  test('is not set by install, and stays when it was set by somebody', async () => {
    expect(await ofWebhook('clientConfig')).toBe(JSON.stringify({ url: NOWHERE }));
    const step = { op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: authority };
    const args = ['patch', 'mutatingwebhookconfiguration', 'hostport', '--type=json', '-p', JSON.stringify([step])];
    await succeed(cluster.kubectl(args));
    await cluster.install(undefined, NOWHERE);
    expect(await ofWebhook('clientConfig.caBundle')).toBe(authority);
  });

  test('stays when the managers are called somewhere else', async () => {
    const service = { name: 'hostport-webhook', namespace: 'hostport-system', port: 443 };
    await cluster.install();
    expect(JSON.parse(await ofWebhook('clientConfig'))).toEqual({ service, caBundle: authority });
    await cluster.install(undefined, `${NOWHERE}/`);
    expect(JSON.parse(await ofWebhook('clientConfig'))).toEqual({ url: NOWHERE, caBundle: authority });
  });

  test('and what somebody else changed of the webhook is taken back', async () => {
    const step = { op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' };
    const args = ['patch', 'mutatingwebhookconfiguration', 'hostport', '--type=json', '-p', JSON.stringify([step])];
    await succeed(cluster.kubectl(args));
    await cluster.install(undefined, NOWHERE);
    expect(await ofWebhook('failurePolicy')).toBe('Fail');
  });
});

describe('the policies', () => {
  test.each(['hostport-results', 'hostport-bindings', 'hostport-opted-in'])('%s is well typed', async (name) => {
    const path = 'jsonpath={.status}';
    const read = (): Promise<string> =>
      succeed(cluster.kubectl(['get', 'validatingadmissionpolicy', name, '-o', path]));
    const status = await eventually(read, (text) => text.includes('observedGeneration'), `${name} to be looked at`);
    expect(JSON.parse(status)).toMatchObject({ typeChecking: {} });
    expect(status).not.toContain('expressionWarnings');
  });
});

describe('where the webhook is missing', () => {
  beforeAll(async () => {
    await succeed(cluster.kubectl(['delete', 'mutatingwebhookconfiguration', 'hostport']));
    await refusal(() => create(asking, '--dry-run=server'), 'hostport-opted-in');
  });

  test.each(ASKING)('a pod with %s: %s is refused all the same', async (key, value) => {
    const { code, stderr } = await create(pod('asking', { [key]: value }));
    expect(code).toBe(1);
    expect(stderr).toContain(`the webhook pods.hostport.io did not see this pod, which asks for ports with ${key}`);
    expect(stderr).toContain('run "hostport install"');
  });

  test.each(RESULTS.filter((key) => key !== 'hostport.io/requested'))('so is one that brings %s along', async (key) => {
    const { code, stderr } = await create(pod('forged', { [key]: '10250' }));
    expect(code).toBe(1);
    expect(stderr).toContain(`nobody else writes ${key}: remove it`);
  });

  test('one that bears the mark of the webhook is created', async () => {
    const marked = pod('marked', { 'hostport.io/enabled': 'true', 'hostport.io/requested': '{}' });
    expect(await asStored(marked)).toHaveProperty('metadata.annotations', {
      'hostport.io/enabled': 'true',
      'hostport.io/requested': '{}',
    });
  });
});

describe('after uninstall', () => {
  beforeAll(async () => {
    await cluster.install(undefined, NOWHERE);
    await refusal(() => create(asking, '--dry-run=server'), 'pods.hostport.io');
    expect(await cluster.uninstall()).toEqual({ kind: 'done' });
  });

  test('nothing is left of what was asked of pods', async () => {
    const kinds =
      'mutatingwebhookconfigurations,validatingadmissionpolicies,validatingadmissionpolicybindings,services';
    expect(await succeed(cluster.kubectl(['get', kinds, '-A', '-o', 'name']))).not.toContain('hostport');
  });

  test('a pod that asks for ports is created as if Hostport had never been there', async () => {
    const read = (): Promise<Run> => create(asking, '--dry-run=server');
    await eventually(read, ({ code }) => code === 0, 'the pod to be let through');
    expect(await asStored(asking)).toEqual(untouched.asking);
  });
});
