import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ServiceAccounts } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';

const NAMESPACE = 'monitoring';

let hostport: RunningHostport;
/** Tokens by account. */
const tokens: Record<string, string> = {};
beforeAll(async () => {
  hostport = await startHostport({ args: ['--metrics-auth'], record: false });
  await hostport.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  for (const name of ['scraper', 'other']) tokens[name] = await accountWithToken(name);
  const binding = ['create', 'clusterrolebinding', 'scraper', '--clusterrole=hostport-metrics-reader'];
  await succeed(hostport.kubectl([...binding, `--serviceaccount=${NAMESPACE}:scraper`]));
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** Makes a ServiceAccount, and gives a token of it as Prometheus would have one. */
async function accountWithToken(name: string): Promise<string> {
  await hostport.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } });
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const request = { subresource: 'token', body, signal: hostport.signal };
  const answer = await hostport.client.createSubresource(ServiceAccounts, { namespace: NAMESPACE, name }, request);
  return (answer['status'] as { readonly token: string }).token;
}

/** What a scrape of the metrics, or of another path, is answered. */
async function scrape(authorization?: string, path = '/metrics') {
  const headers = { connection: 'close', ...(authorization === undefined ? {} : { authorization }) };
  const answer = await fetch(`${hostport.manager().url}${path}`, { headers, signal: AbortSignal.timeout(10_000) });
  return { status: answer.status, asks: answer.headers.get('www-authenticate'), body: await answer.text() };
}

test('an account with the ClusterRole reads the metrics', async () => {
  // The right is known to the API server's authorizer a moment after it is stored.
  const read = () => scrape(`Bearer ${tokens['scraper']}`);
  const { body } = await hostport.eventually(read, ({ status }) => status === 200, 'the scraper is let in');
  expect(body).toContain('hostport_leader');
});

test('an account without it does not', async () => {
  const { status, body } = await scrape(`Bearer ${tokens['other']}`);
  expect({ status, body }).toEqual({ status: 403, body: 'this account may not get the path /metrics\n' });
});

test.each([
  ['no token', () => undefined],
  ['a made-up token', () => 'Bearer made-up'],
  ['a token that somebody changed', () => `Bearer ${tokens['scraper']?.slice(0, -8)}AAAAAAAA`],
  ['a token that is too long', () => `Bearer ${'x'.repeat(9_000)}`],
  ['a password', () => 'Basic YWRtaW46YWRtaW4='],
])('%s is told to bring a good one', async (_, authorization) => {
  const { status, asks, body } = await scrape(authorization());
  expect({ status, asks }).toEqual({ status: 401, asks: 'Bearer' });
  expect(body).not.toContain('hostport_');
});

test.each(['/livez', '/readyz'])('%s is answered whoever asks', async (path) => {
  expect((await scrape(undefined, path)).status).toBe(200);
});
