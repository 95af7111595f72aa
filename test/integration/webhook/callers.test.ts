import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeAuthority } from '../../../src/runtime/tls/index.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { freePort } from '../../support/control-plane/ports.ts';
import { startControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { clientPair } from '../../unit/runtime/client-certificate.ts';
import { asked, reviewOf } from '../../unit/webhook/reviews.ts';
import { Caller } from './caller.ts';
import { claimsOf, create, toldTo, whenFree } from './holdings.ts';
import { ENABLED, podOf } from './manifests.ts';

/** An API server with a certificate for webhooks, and managers who ask for it. */
let plane: ControlPlane;
let hostport: RunningHostport;
let folder: string;
let pair: Awaited<ReturnType<typeof clientPair>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostport-callers-'));
  chmodSync(folder, 0o700);
  const authority = await makeAuthority('api servers', { now: systemClock.now() });
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
  const args = ['--webhook-client-ca', join(folder, 'ca.crt')];
  hostport = await startHostport({ plane, webhookPort, args, managers: 2, reservationLife: '8s', sweepInterval: '1s' });
});
afterAll(async () => {
  await hostport[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function userOf({ cert, key }: { readonly cert: string; readonly key: string }): object {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
}

test('an API server that shows its certificate is answered: a pod gets its number', async () => {
  const pod = await create(hostport, podOf('served', { settings: ENABLED }));
  expect(Object.keys(toldTo(pod))).toHaveLength(1);
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
