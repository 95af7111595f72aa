import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import { ClientAuthority } from '../../../src/runtime/index.ts';
import type { HttpsServer, KeyPair } from '../../../src/runtime/index.ts';
import { issueLeaf, makeAuthority } from '../../../src/runtime/tls/index.ts';
import { clientPair } from './client-certificate.ts';
import { ask, startTestServer } from './https-client.ts';
import { recordedLog } from './recorded-log.ts';
import type { RecordedLog } from './recorded-log.ts';

const signal = new AbortController().signal;
const now = systemClock.now();
const authority = await makeAuthority('clients', { now });
const other = await makeAuthority('others', { now });

let folder: string;
let file: string;
let log: RecordedLog;
let clients: ClientAuthority;
let server: HttpsServer;
let calls: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostport-client-ca-'));
  file = join(folder, 'ca.crt');
  writeFileSync(file, authority.cert);
  log = recordedLog();
  calls = 0;
  clients = new ClientAuthority({ file, clock: systemClock, logger: log.logger, pollMs: 50 });
  await clients.start(signal);
  const echo = async (body: unknown): Promise<unknown> => {
    calls++;
    return body;
  };
  server = await startTestServer({ clientAuthority: clients, routes: { '/echo': echo } });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await clients[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** The status of the answer to a client that shows `pair`; undefined if the connection was refused. */
async function codeFor(pair?: KeyPair): Promise<number | undefined> {
  try {
    return (await ask(server, { pair })).code;
  } catch {
    return undefined;
  }
}

function replaceFile(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise<void>((resolve) => void systemClock.schedule(10, resolve));
}

test('whoever shows a certificate of the authority is heard', async () => {
  expect(await codeFor(await clientPair(authority))).toBe(200);
});

test.each<[string, () => Promise<KeyPair | undefined>]>([
  ['no certificate', async () => undefined],
  ['one of another authority', () => clientPair(other)],
  ['one that has expired', () => clientPair(authority, new Date(now - 3_600_000))],
  [
    'one for servers',
    () => issueLeaf(authority, { dnsNames: ['localhost'], ipAddresses: [] }, { now, lifeMs: 3_600_000 }),
  ],
])('whoever shows %s is not', async (_, pair) => {
  expect(await codeFor(await pair())).toBeUndefined();
  expect(calls).toBe(0);
});

test('the file is read again when it changes, and who was let in by what was there comes again', async () => {
  const [old, fresh] = [await clientPair(authority), await clientPair(other)];
  const agent = new Agent({ keepAlive: true });
  expect(await ask(server, { pair: old, agent })).toMatchObject({ code: 200 });
  replaceFile(authority.cert + other.cert);
  await until(async () => (await codeFor(fresh)) === 200);
  expect(await codeFor(old)).toBe(200);
  replaceFile(other.cert);
  await until(async () => (await codeFor(old)) === undefined);
  // Also over the connection that was open before.
  await expect(ask(server, { pair: old, agent })).rejects.toThrow();
  expect(await codeFor(fresh)).toBe(200);
  agent.destroy();
});

test.each(['', 'rubbish', 'a leaf'])(
  'a file with %j counts for nothing, and what was there before goes on',
  async (text) => {
    const pair = await clientPair(authority);
    replaceFile(text === 'a leaf' ? pair.cert : text);
    await until(() => log.at('error').length > 0);
    expect(String(log.at('error')[0]?.fields['fault'])).toBe(`${file} has no certificate of an authority in PEM`);
    expect(await codeFor(pair)).toBe(200);
    expect(await codeFor()).toBeUndefined();
  },
);

test('a file that is missing at the start is an error that names it', async () => {
  const missing = new ClientAuthority({ file: join(folder, 'none'), clock: systemClock, logger: log.logger });
  await expect(missing.start(signal)).rejects.toThrow(/cannot serve HTTPS: .*none/);
});
