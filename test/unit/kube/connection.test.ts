import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { InvariantError } from '../../../src/base/result.ts';
import { Connection } from '../../../src/kube/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';

let folder: string;
let clock: FakeClock;
let lifetime: Lifetime;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'connection-'));
  clock = new FakeClock();
  lifetime = new Lifetime('connections');
});
afterEach(async () => {
  await lifetime[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

interface Kubeconfig {
  readonly server?: string;
  readonly user?: object;
  readonly cluster?: object;
  readonly current?: string;
}

function write({ server = 'https://10.0.0.1:6443', user = {}, cluster = {}, current = 'here' }: Kubeconfig): string {
  const path = join(folder, 'kubeconfig');
  const config = {
    'current-context': current,
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', namespace: 'games' } }],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

const connect = (config: Kubeconfig) => lifetime.own(new Connection({ kubeconfig: write(config), clock }));

describe('a connection', () => {
  test.each<[string, object, string]>([
    ['a bearer token', { token: 'secret' }, 'Bearer secret'],
    ['a token with a line break at its end', { token: 'secret\n' }, 'Bearer secret'],
    ['a name and a password', { username: 'me', password: 'secret' }, `Basic ${btoa('me:secret')}`],
  ])('authenticates by %s', async (_, user, authorization) => {
    expect((await connect({ user }).access()).headers).toMatchObject({ authorization });
  });

  test('knows the namespace of its context', () => {
    expect(connect({}).namespace).toBe('games');
  });

  test.each([
    ['https://10.0.0.1:6443', 'https://10.0.0.1:6443', ''],
    ['https://gateway/clusters/a/', 'https://gateway', '/clusters/a'],
    ['http://127.0.0.1:8001', 'http://127.0.0.1:8001', ''],
  ])('reaches %s', async (server, origin, basePath) => {
    expect(await connect({ server }).access()).toMatchObject({ origin, basePath });
  });

  test('keeps its pools when credentials are read anew, and has one apart for watches', async () => {
    const connection = connect({ user: { token: 'secret' } });
    const first = await connection.access();
    await clock.advance(60_000);
    const second = await connection.access();
    expect(second).not.toBe(first);
    expect([second.requests === first.requests, second.watches === first.watches]).toEqual([true, true]);
    expect(first.requests === first.watches).toBe(false);
  });

  test('asks a credential plug-in once, and again when the server refused what it said', async () => {
    const said = join(folder, 'said');
    writeFileSync(
      join(folder, 'plug-in'),
      `echo x >> ${said}; printf '{"status":{"token":"t%s","expirationTimestamp":"2000-01-01T00:00:00Z"}}' "$(wc -l < ${said})"`,
    );
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: [join(folder, 'plug-in')] };
    const connection = connect({ user: { exec } });
    const token = async () => (await connection.access()).headers['authorization'];
    expect([await token(), await token()]).toEqual(['Bearer t1', 'Bearer t1']);
    connection.forgetCredentials();
    expect(await token()).toBe('Bearer t2');
  });

  test('says what is missing', () => {
    expect(() => connect({ current: 'nowhere' })).toThrow('no current context');
    expect(() => new Connection({ kubeconfig: join(folder, 'missing'), clock })).toThrow('ENOENT');
  });

  test('is of no use after its end', async () => {
    const connection = connect({});
    await connection[Symbol.asyncDispose]();
    expect(() => connection.access()).toThrow(InvariantError);
  });
});
