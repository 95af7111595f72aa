import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pathsByWebhook } from '../../../src/api/index.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { OPEN } from '../../../src/base/fence.ts';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { Namespaces, Pods } from '../../../src/kube/index.ts';
import { WebhookPath } from '../../../src/runtime/index.ts';
import { eventuallyWith } from '../../support/hostport/eventually.ts';
import { ask, startTestServer, trusted } from '../../unit/runtime/https-client.ts';
import { recordedLog } from '../../unit/runtime/recorded-log.ts';
import { root } from '../api/cluster.ts';
import { installation } from '../api/installation.ts';
import type { Installation } from '../api/installation.ts';
import { succeed } from '../api/kubectl.ts';

/** Nobody listens there. */
const NOWHERE = 'https://127.0.0.1:1';
const PLAIN = '/mutate/pods';
const service = { name: 'hostport-webhook', namespace: 'hostport-system', port: 443 };
const signal = new AbortController().signal;

let cluster: Installation;
beforeAll(async () => {
  cluster = await installation();
  await cluster.install(undefined, NOWHERE);
});
afterAll(async () => cluster[Symbol.asyncDispose]());

/** A field of the webhook of pods. */
function ofWebhook(path: string): Promise<string> {
  return succeed(
    cluster.kubectl(['get', 'mutatingwebhookconfiguration', 'hostport', '-o', `jsonpath={.webhooks[0].${path}}`]),
  );
}

/** Writes a field of the webhook's address as managers do: a patch in nobody's name but their own. */
async function writeAsManagers(field: string, value: string): Promise<void> {
  const steps = [{ op: 'add', path: `/webhooks/0/clientConfig/${field}`, value }];
  const args = ['patch', 'mutatingwebhookconfiguration', 'hostport', '--type=json', '-p', JSON.stringify(steps)];
  await succeed(cluster.kubectl(args));
}

describe('a path', () => {
  const path = `/mutate/pods/${'5e'.repeat(16)}`;

  test('that the managers put into a URL stays, also where the managers are called somewhere else', async () => {
    await writeAsManagers('url', `${NOWHERE}${path}`);
    await cluster.install(undefined, NOWHERE);
    expect(await ofWebhook('clientConfig.url')).toBe(`${NOWHERE}${path}`);
    await cluster.install(undefined, 'https://127.0.0.1:2/below');
    expect(await ofWebhook('clientConfig.url')).toBe(`https://127.0.0.1:2/below${path}`);
    // The managers write on, and their URL isn't what the next install takes away.
    await writeAsManagers('url', `https://127.0.0.1:2/below${path}`);
    await cluster.install();
    expect(JSON.parse(await ofWebhook('clientConfig.service'))).toEqual({ ...service, path });
    expect(await ofWebhook('clientConfig.url')).toBe('');
  });

  test('that the managers put beside the Service stays, whoever installs again and how', async () => {
    const other = `/mutate/pods/${'0b'.repeat(16)}`;
    await writeAsManagers('service/path', other);
    await cluster.install();
    expect(await ofWebhook('clientConfig.service.path')).toBe(other);
    for (const args of [['--server-side', '--force-conflicts'], []]) {
      await succeed(cluster.kubectl(['apply', '-f', `${root}config/webhook/webhook.yaml`, ...args]));
      await succeed(cluster.kubectl(['apply', '-f', `${root}config/webhook/webhook.yaml`, ...args]));
      expect(await ofWebhook('clientConfig.service.path')).toBe(other);
    }
    await cluster.install(undefined, NOWHERE);
    expect(await ofWebhook('clientConfig.url')).toBe(`${NOWHERE}${other}`);
    expect(await ofWebhook('clientConfig.service')).toBe('');
  });

  test('of an earlier version, which it set itself, stays until the managers replace it', async () => {
    const plain = [{ name: 'pods.hostport.io', clientConfig: { service: { ...service, path: '/mutate/pods' } } }];
    await cluster.install();
    const args = ['get', 'mutatingwebhookconfiguration', 'hostport', '-o', 'json'];
    const { apiVersion, kind, webhooks } = JSON.parse(await succeed(cluster.kubectl(args))) as {
      readonly apiVersion: string;
      readonly kind: string;
      readonly webhooks: readonly { readonly name: string }[];
    };
    const earlier = webhooks.map((each) => ({ ...each, ...plain.find(({ name }) => name === each.name) }));
    const body = { apiVersion, kind, metadata: { name: 'hostport' }, webhooks: earlier };
    const as = ['--server-side', '--force-conflicts', '--field-manager=hostport-install'];
    await succeed(cluster.kubectl(['apply', '-f', '-', ...as], body));
    await cluster.install();
    expect(await ofWebhook('clientConfig.service.path')).toBe('/mutate/pods');
    await writeAsManagers('service/path', path);
    await cluster.install();
    await cluster.install();
    expect(await ofWebhook('clientConfig.service.path')).toBe(path);
  });
});

/** Who answers at a path, as a process of the managers does. */
type Answering = Pick<WebhookPath, 'plainOf'>;

/** A manager of an earlier version. */
const earlier: Answering = { plainOf: (path) => (path === PLAIN ? PLAIN : undefined) };

describe('a rolling upgrade from a version with plain paths', () => {
  const namespace = 'upgraded';
  const times = { lifeMs: 4_000, graceMs: 4_000, overlapMs: 4_000, plainMs: 4_000 };
  const lifetime = new Lifetime('managers');
  const eventually = eventuallyWith(() => JSON.stringify(managers.map(({ log }) => log.at('warn'))));
  const managers: (WebhookPath & { readonly log: ReturnType<typeof recordedLog> })[] = [];
  /** Who is behind the Service; each call goes to the next one. */
  let members: readonly Answering[] = [earlier, earlier];
  let calls = 0;
  const created: string[] = [];
  const refused: unknown[] = [];
  const stop = new AbortController();
  let creating: Promise<void>;
  let port = 0;

  beforeAll(async () => {
    await cluster.client.create(Namespaces, { metadata: { name: namespace } }, { signal });
    const account = (): Promise<{ code: number | null }> =>
      cluster.kubectl(['get', 'serviceaccount', 'default', '-n', namespace]);
    await eventually(account, ({ code }) => code === 0, 'the default account');
    const allow = async (body: unknown): Promise<unknown> => {
      calls++;
      const { uid } = (body as { readonly request: { readonly uid: string } }).request;
      return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: true } };
    };
    let turn = 0;
    const routeOf = (path: string): string | undefined => members[turn++ % members.length]?.plainOf(path);
    const server = lifetime.own(await startTestServer({ routes: { [PLAIN]: allow }, routeOf }));
    ({ port } = server.address);
    await cluster.install(undefined, `https://127.0.0.1:${port}`);
    await writeAsManagers('url', `https://127.0.0.1:${port}${PLAIN}`);
    await writeAsManagers('caBundle', Buffer.from(trusted).toString('base64'));
    // One that nobody calls, through the Service.
    const sets = { ...service, path: '/validate/roleinstancesets' };
    const step = [{ op: 'replace', path: '/webhooks/0/clientConfig', value: { service: sets } }];
    const args = ['patch', 'validatingwebhookconfiguration', 'hostport', '--type=json', '-p', JSON.stringify(step)];
    await succeed(cluster.kubectl(args));
    await eventually(
      () =>
        createPod('first').then(
          () => calls,
          () => 0,
        ),
      (count) => count > 0,
      'the webhook to be called',
    );
    creating = createPods();
  });
  afterAll(async () => {
    stop.abort();
    await lifetime[Symbol.asyncDispose]();
  });

  async function createPod(name: string): Promise<void> {
    const metadata = { name, namespace, annotations: { 'hostport.io/enabled': 'true', 'hostport.io/requested': '{}' } };
    const spec = { containers: [{ name: 'server', image: 'game' }] };
    await cluster.client.create(Pods, { metadata, spec }, { signal, dryRun: true, retryForMs: 0 });
  }

  async function createPods(): Promise<void> {
    while (!stop.signal.aborted) {
      const name = `pod-${created.length + refused.length}`;
      await createPod(name).then(
        () => void created.push(name),
        (error: unknown) => void refused.push(error),
      );
    }
  }

  /** One of this version, which answers from now on. */
  async function newManager(): Promise<WebhookPath> {
    const log = recordedLog();
    const path = new WebhookPath({
      client: cluster.client,
      clock: systemClock,
      logger: log.logger,
      namespace: 'hostport-system',
      secretName: 'path',
      webhooks: [
        { kind: 'mutating', name: 'hostport' },
        { kind: 'validating', name: 'hostport' },
      ],
      plainPaths: pathsByWebhook,
      times,
    });
    managers.push(Object.assign(lifetime.own(path), { log }));
    await path.start(signal);
    await eventually(
      async () => path.trouble(),
      (trouble) => trouble === undefined,
      'the new manager to be ready',
    );
    return path;
  }

  async function pathNow(): Promise<string> {
    return new URL(await ofWebhook('clientConfig.url')).pathname;
  }

  test('and renewals after it refuse no pod, and leave no other path', async () => {
    const first = await newManager();
    members = [earlier, first];
    const second = await newManager();
    expect(await pathNow()).toBe(PLAIN);
    members = [first, second];
    first.lead(lifetime, OPEN);
    const seen = new Set<string>();
    const answered = async (path: string): Promise<number | undefined> =>
      (await ask({ address: { host: '127.0.0.1', port }, [Symbol.asyncDispose]: async () => undefined }, { path }))
        .code;
    await eventually(
      async () => {
        seen.add(await pathNow());
        return { seen: seen.size, plain: await answered(PLAIN) };
      },
      // Plain, the first part, and two renewals.
      (now) => now.seen >= 4 && now.plain === 404,
      'the path to be renewed twice, and the plain one to be forgotten',
      120_000,
    );
    // One ends, and another comes in its place.
    members = [second];
    await first[Symbol.asyncDispose]();
    members = [second, await newManager()];
    const before = await pathNow();
    await eventually(pathNow, (path) => path !== before, 'the path to be renewed', 60_000);
    stop.abort();
    await creating;
    expect(refused).toEqual([]);
    expect(created.length).toBeGreaterThan(20);
    expect([...seen].filter((path) => path !== PLAIN)).toEqual(
      [...seen].filter((path) => /^\/mutate\/pods\/[0-9a-f]{32}$/.test(path)),
    );
    const args = ['get', 'validatingwebhookconfiguration', 'hostport', '-o', 'jsonpath={.webhooks[0].clientConfig}'];
    const { path } = (
      JSON.parse(await succeed(cluster.kubectl(args))) as { readonly service: { readonly path: string } }
    ).service;
    expect(path).toMatch(/^\/validate\/roleinstancesets\/[0-9a-f]{32}$/);
    for (const other of [PLAIN, `${PLAIN}/${'0'.repeat(32)}`, '/', path.replace('validate', 'mutate')])
      expect([other, await answered(other)]).toEqual([other, 404]);
  });
});
