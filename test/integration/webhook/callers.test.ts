import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import { MutatingWebhookConfigurations } from '../../../src/kube/index.ts';
import type { WebhookClientConfig } from '../../../src/kube/index.ts';
import { issueLeaf, makeAuthority } from '../../../src/runtime/tls/index.ts';
import { freePort } from '../../support/control-plane/ports.ts';
import { startControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { Run, RunningHostport } from '../../support/hostport/hostport.ts';
import { clientPair } from '../../unit/runtime/client-certificate.ts';
import { asked, reviewOf } from '../../unit/webhook/reviews.ts';
import { Caller } from './caller.ts';
import { claimsOf, create, assignedTo, whenFree } from './holdings.ts';
import { ENABLED, podOf } from './manifests.ts';

/** An API server with a certificate for webhooks, and managers who ask for it; theirs is somebody else's to keep. */
let plane: ControlPlane;
let hostport: RunningHostport;
let folder: string;
let pair: Awaited<ReturnType<typeof clientPair>>;
/** What the managers made of the webhooks' addresses by themselves. */
let addresses: readonly WebhookClientConfig[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostport-callers-'));
  chmodSync(folder, 0o700);
  const now = systemClock.now();
  const authority = await makeAuthority('api servers', { now });
  const managers = await makeAuthority('managers', { now });
  const subjects = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  const served = await issueLeaf(managers, subjects, { now, lifeMs: 3_600_000 });
  writeFileSync(join(folder, 'tls.crt'), served.cert);
  writeFileSync(join(folder, 'tls.key'), served.key);
  pair = await clientPair(authority);
  writeFileSync(join(folder, 'ca.crt'), authority.cert);
  const webhookPort = await freePort();
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    users: [{ name: `127.0.0.1:${webhookPort}`, user: userOf(pair) }],
  };
  writeFileSync(join(folder, 'webhooks'), JSON.stringify(config));
  const plugin = {
    name: 'MutatingAdmissionWebhook',
    configuration: {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'WebhookAdmissionConfiguration',
      kubeConfigFile: join(folder, 'webhooks'),
    },
  };
  const admission = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration', plugins: [plugin] };
  writeFileSync(join(folder, 'admission'), JSON.stringify(admission));
  plane = await startControlPlane({
    extraApiServerArgs: [`--admission-control-config-file=${join(folder, 'admission')}`],
  });
  const args = ['--webhook-client-ca', join(folder, 'ca.crt'), '--webhook-cert-dir', folder];
  hostport = await startHostport({ plane, webhookPort, args, managers: 2, reservationLife: '8s', sweepInterval: '1s' });
  addresses = await addressesNow();
  // As cert-manager does.
  const value = Buffer.from(managers.cert).toString('base64');
  const steps = addresses.map((_, index) => ({ op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value }));
  const patch = ['--type=json', '-p', JSON.stringify(steps)];
  await succeed(hostport.kubectl(['patch', 'mutatingwebhookconfiguration', 'hostport', ...patch]));
  const dryRun = (): Promise<Run> =>
    hostport.kubectl(['create', '--dry-run=server', '-f', '-'], podOf('first', { settings: ENABLED }));
  await hostport.eventually(dryRun, ({ code }) => code === 0, 'the API server to have heard of it');
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function addressesNow(): Promise<readonly WebhookClientConfig[]> {
  const { client, signal } = hostport;
  const { webhooks = [] } = await client.get(MutatingWebhookConfigurations, { name: 'hostport' }, { signal });
  return webhooks.map(({ clientConfig }) => clientConfig);
}

function userOf({ cert, key }: { readonly cert: string; readonly key: string }): object {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
}

test('managers whose certificate somebody else keeps put the path into the webhooks, and leave caBundle alone', async () => {
  for (const { url, caBundle } of addresses) {
    expect(caBundle).toBeUndefined();
    expect(url).toMatch(/\/mutate\/\w+\/[0-9a-f]{32}$/);
  }
  expect((await addressesNow()).map(({ url }) => url)).toEqual(addresses.map(({ url }) => url));
});

test('an API server that shows its certificate is answered: a pod gets its number', async () => {
  const pod = await create(hostport, podOf('served', { settings: ENABLED }));
  expect(Object.keys(assignedTo(pod))).toHaveLength(1);
});

test('whoever knows the path and shows none is not heard, and reserves nothing', async () => {
  using caller = await Caller.of(hostport);
  await expect(caller.post(JSON.stringify(reviewOf(asked)))).rejects.toThrow();
  expect(await claimsOf(hostport, 'arena/')).toEqual([]);
});

test('with it the same review is heard, at that path alone', async () => {
  using caller = await Caller.of(hostport, pair);
  expect(await caller.post(JSON.stringify(reviewOf(asked)), { path: '/mutate/pods' })).toMatchObject({ code: 404 });
  expect(await claimsOf(hostport, 'arena/')).toEqual([]);
  const { code, body } = await caller.post(JSON.stringify(reviewOf(asked)));
  expect({ code, body }).toMatchObject({ code: 200 });
  expect(body).toContain('"allowed":true');
  expect(await claimsOf(hostport, 'arena/')).not.toEqual([]);
  await whenFree(hostport, 'arena/', 60_000);
});

test('the path is in no log, and in no metric', async () => {
  using caller = await Caller.of(hostport);
  const part = caller.path.split('/').at(-1) ?? '';
  expect(part).toMatch(/^[0-9a-f]{32}$/);
  for (const manager of hostport.managers) {
    expect(manager.log()).not.toContain(part);
    expect((await manager.get('/metrics')).body).not.toContain(part);
  }
});
