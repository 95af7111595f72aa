import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { systemClock } from '../../../src/base/clock.ts';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { systemRandom } from '../../../src/base/random.ts';
import {
  Connection,
  MutatingWebhookConfigurations,
  Namespaces,
  Secrets,
  ValidatingWebhookConfigurations,
  createClusterClient,
} from '../../../src/kube/index.ts';
import type { ClusterClient, ResourceType, Secret, WebhookConfiguration } from '../../../src/kube/index.ts';
import { Certificates } from '../../../src/runtime/index.ts';
import type { CertificatesOptions } from '../../../src/runtime/index.ts';
import { startControlPlane } from '../../support/control-plane/control-plane.ts';
import { recordedLog } from '../../unit/runtime/recorded-log.ts';
import type { RecordedLog } from '../../unit/runtime/recorded-log.ts';

const signal = new AbortController().signal;
const secretName = 'ca';
const cluster = new Lifetime('test cluster');
let client: ClusterClient;

beforeAll(async () => {
  const plane = await startControlPlane({ controllerManager: false, scheduler: false, kwok: false });
  cluster.defer(() => plane.stop());
  const connection = cluster.own(new Connection({ kubeconfig: plane.kubeconfig, clock: systemClock }));
  client = createClusterClient({ connection, clock: systemClock, random: systemRandom });
});
afterAll(() => cluster[Symbol.asyncDispose]());

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise<void>((resolve) => void systemClock.schedule(20, resolve));
}

/** A namespace, and a pair of webhook configurations that are called as it is. */
interface Place {
  readonly namespace: string;
  readonly secret: () => Promise<Secret>;
  /** What `install` does: applies both, without a `caBundle`. */
  readonly install: () => Promise<void>;
  /** The `caBundle` of both webhooks of both configurations. */
  readonly bundles: () => Promise<readonly string[]>;
  /** A replica, which isn't started; ended at the latest with the cluster. */
  readonly replica: (change?: Partial<CertificatesOptions>) => Certificates & { readonly log: RecordedLog };
}

async function place(): Promise<Place> {
  const { metadata } = await client.create(Namespaces, { metadata: { generateName: 'tls-' } }, { signal });
  const namespace = metadata.name;
  const types: readonly ResourceType<WebhookConfiguration>[] = [
    MutatingWebhookConfigurations,
    ValidatingWebhookConfigurations,
  ];
  const webhook = (name: string) => ({
    name: `${name}.hostport.io`,
    clientConfig: { url: `https://127.0.0.1:9/${name}` },
    rules: [{ operations: ['CREATE'], apiGroups: ['nothing.hostport.io'], apiVersions: ['v1'], resources: ['*'] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  });
  const body = { metadata: { name: namespace }, webhooks: [webhook('pods'), webhook('bindings')] };
  return {
    namespace,
    secret: () => client.get(Secrets, { namespace, name: secretName }, { signal }),
    install: async () => {
      for (const type of types) {
        const apply = { type: 'apply', body, fieldManager: 'install', force: true, signal } as const;
        await client.patch(type, { name: namespace }, apply);
      }
    },
    bundles: async () => {
      const all = await Promise.all(types.map((type) => client.get(type, { name: namespace }, { signal })));
      return all.flatMap(({ webhooks = [] }) => webhooks.map(({ clientConfig }) => text(clientConfig.caBundle)));
    },
    replica: (change = {}) => {
      const log = recordedLog();
      const certificates = new Certificates({
        client,
        clock: systemClock,
        logger: log.logger,
        namespace,
        secretName,
        subjects: { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
        webhooks: [
          { kind: 'mutating', name: namespace },
          { kind: 'validating', name: namespace },
        ],
        ...change,
      });
      return Object.assign(cluster.own(certificates), { log });
    },
  };
}

function text(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString();
}

/** The certificates in `pem`. */
function certificates(pem: string): readonly X509Certificate[] {
  return (pem.match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----/g) ?? []).map((one) => new X509Certificate(one));
}

/** Whether `bundle` has the authority that issued what `replica` serves. */
function trusts(bundle: string, replica: Certificates): boolean {
  const leaf = new X509Certificate(replica.current().cert);
  return certificates(bundle).some((ca) => leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
}

describe('several replicas', () => {
  test('that start at once agree on one authority, and the configurations carry it', async () => {
    const { install, replica, secret, bundles } = await place();
    await install();
    const replicas = Array.from({ length: 4 }, () => replica());
    await Promise.all(replicas.map((one) => one.start(signal)));
    await until(() => replicas.every((one) => one.trouble() === undefined));
    const ca = text((await secret()).data?.['tls.crt']);
    expect(new Set(await bundles())).toEqual(new Set([ca]));
    expect(replicas.filter((one) => trusts(ca, one))).toHaveLength(4);
    expect(new Set(replicas.map((one) => one.current().key)).size).toBe(4);
    expect(replicas.flatMap(({ log }) => [...log.at('warn'), ...log.at('error')])).toEqual([]);
    await Promise.all(replicas.map((one) => one[Symbol.asyncDispose]()));
  });

  test('have the next authority in every configuration before any leaf is of it', async () => {
    const { install, replica, secret, bundles } = await place();
    await install();
    // The authority is to be replaced after 6 s of 9; a leaf lives for 3 s.
    const short = { life: { ca: 9_000, leaf: 3_000 }, graceMs: 500 };
    const replicas = [replica(short), replica(short)];
    const strays: string[] = [];
    const served = new Set<string>();
    let known: readonly string[] = [];
    for (const one of replicas) one.subscribe(({ cert }) => served.add(cert));
    await Promise.all(replicas.map((one) => one.start(signal)));
    const first = text((await secret()).data?.['tls.crt']);
    await until(() => replicas.every((one) => one.trouble() === undefined));
    let sawBoth = false;
    await until(async () => {
      // What is served was chosen before the bundles are read: they may only be newer.
      const leaves = replicas.map((one) => one.current().cert);
      known = await bundles();
      for (const cert of leaves) {
        const leaf = new X509Certificate(cert);
        if (!known.every((bundle) => certificates(bundle).some((ca) => leaf.verify(ca.publicKey)))) strays.push(cert);
      }
      sawBoth ||= known.every((bundle) => bundle.startsWith(first) && certificates(bundle).length === 2);
      return !known.some((bundle) => bundle.includes(first));
    });
    expect(strays).toEqual([]);
    expect(sawBoth).toBe(true);
    const second = text((await secret()).data?.['tls.crt']);
    expect(second).not.toBe(first);
    expect(replicas.every((one) => trusts(second, one))).toBe(true);
    expect(served.size).toBeGreaterThan(4);
    expect(replicas.flatMap(({ log }) => log.at('error'))).toEqual([]);
    await Promise.all(replicas.map((one) => one[Symbol.asyncDispose]()));
  });
});

describe('caBundle', () => {
  test('is put back when somebody takes it away, and stays when the configuration is applied again', async () => {
    const { namespace, install, replica, bundles } = await place();
    await install();
    const one = replica();
    await one.start(signal);
    await until(() => one.trouble() === undefined);
    const [bundle] = await bundles();

    await install();
    expect(new Set(await bundles())).toEqual(new Set([bundle]));

    const name = namespace;
    const body = [{ op: 'remove', path: '/webhooks/1/clientConfig/caBundle' }] as const;
    await client.patch(ValidatingWebhookConfigurations, { name }, { type: 'json', body, signal });
    const began = performance.now();
    await until(async () => (await bundles()).every((each) => each === bundle));
    expect(performance.now() - began).toBeLessThan(30_000);
    await one[Symbol.asyncDispose]();
  });

  test('of a configuration that comes later is written when it is there; until then its absence is told', async () => {
    const { namespace, install, replica, bundles } = await place();
    const one = replica();
    await one.start(signal);
    await until(() => one.trouble() === `there is no MutatingWebhookConfiguration ${namespace}`);
    await install();
    await until(() => one.trouble() === undefined);
    expect((await bundles()).every((bundle) => trusts(bundle, one))).toBe(true);
    await one[Symbol.asyncDispose]();
  });
});

describe('the Secret', () => {
  test('full of rubbish is replaced loudly, and no caller loses trust meanwhile', async () => {
    const { namespace, install, replica, secret, bundles } = await place();
    await install();
    const replicas = [replica(), replica()];
    await Promise.all(replicas.map((one) => one.start(signal)));
    await until(() => replicas.every((one) => one.trouble() === undefined));
    const { data: before = {} } = await secret();

    const rubbish = Object.fromEntries(Object.keys(before).map((key) => [key, Buffer.from('?').toString('base64')]));
    const name = secretName;
    await client.patch(Secrets, { namespace, name }, { type: 'merge', body: { data: rubbish }, signal });
    let trusted = true;
    await until(async () => {
      const leaves = replicas.map((one) => new X509Certificate(one.current().cert));
      const cas = (await bundles()).map(certificates);
      trusted &&= leaves.every((leaf) => cas.every((all) => all.some((ca) => leaf.verify(ca.publicKey))));
      const { data = {} } = await secret();
      const ca = text(data['tls.crt']);
      return certificates(ca).length === 1 && replicas.every((one) => trusts(ca, one) && one.trouble() === undefined);
    });
    expect(trusted).toBe(true);
    expect((await secret()).data?.['tls.crt']).not.toBe(before['tls.crt']);
    // Who lost the race to replace it has nothing to say.
    const errors = replicas.flatMap(({ log }) => log.at('error'));
    expect(errors).toHaveLength(1);
    expect(errors[0]?.fields).toMatchObject({ why: 'tls.crt is no certificate in PEM', secret: `${namespace}/ca` });
    await Promise.all(replicas.map((one) => one[Symbol.asyncDispose]()));
  });

  test('is used by a replica that comes later, as it is', async () => {
    const { install, replica, secret } = await place();
    await install();
    const one = replica();
    await one.start(signal);
    await until(() => one.trouble() === undefined);
    await one[Symbol.asyncDispose]();
    const before = await secret();
    const other = replica();
    await other.start(signal);
    await until(() => other.trouble() === undefined);
    expect((await secret()).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(trusts(text(before.data?.['tls.crt']), other)).toBe(true);
    await other[Symbol.asyncDispose]();
  });

  test('that can not be written is tried again, and readiness says why', async () => {
    const { replica } = await place();
    const one = replica({ namespace: 'comes-later' });
    const started = one.start(signal);
    await until(() => one.trouble()?.includes('comes-later') === true);
    await client.create(Namespaces, { metadata: { name: 'comes-later' } }, { signal });
    await started;
    expect(one.current().cert).toContain('BEGIN CERTIFICATE');
    await one[Symbol.asyncDispose]();
  });
});
