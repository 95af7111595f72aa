import { mkdtempSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FileCertificates } from '../../../src/runtime/index.ts';
import type { KeyPair } from '../../../src/runtime/index.ts';
import { issueLeaf, makeAuthority } from '../../../src/runtime/tls/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { recordedLog } from './recorded-log.ts';
import type { RecordedLog } from './recorded-log.ts';

const signal = new AbortController().signal;
const hour = 3_600_000;
let clock: FakeClock;
let log: RecordedLog;
let dir: string;
let files: FileCertificates;

beforeEach(() => {
  clock = new FakeClock();
  log = recordedLog();
  dir = mkdtempSync(join(tmpdir(), 'hostport-tls-'));
  files = new FileCertificates({ dir, clock, logger: log.logger });
});
afterEach(async () => {
  await files[Symbol.asyncDispose]();
  expect(clock.pending).toBe(0);
  rmSync(dir, { recursive: true });
});

async function pair(): Promise<KeyPair> {
  const subjects = { dnsNames: ['localhost'], ipAddresses: [] };
  return issueLeaf(await makeAuthority('files', { now: clock.now() }), subjects, { now: clock.now(), lifeMs: hour });
}

let versions = 0;

/** Mounts as a kubelet does: a new folder, and then a link that is swapped for another one. */
function mount({ cert, key }: KeyPair): void {
  const version = `..version-${versions++}`;
  mkdirSync(join(dir, version));
  writeFileSync(join(dir, version, 'tls.crt'), cert);
  writeFileSync(join(dir, version, 'tls.key'), key);
  symlinkSync(version, join(dir, '..data_tmp'));
  renameSync(join(dir, '..data_tmp'), join(dir, '..data'));
  for (const file of ['tls.crt', 'tls.key']) {
    rmSync(join(dir, file), { force: true });
    symlinkSync(join('..data', file), join(dir, file));
  }
}

/** Lets polls happen until `condition` is true. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await clock.advance(5_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('what is in the files is served', async () => {
  const first = await pair();
  mount(first);
  expect(files.trouble()).toContain(dir);
  await files.start(signal);
  expect(files.current()).toEqual(first);
  expect(files.trouble()).toBeUndefined();
});

test('what a swap of links brings is served, and told once', async () => {
  mount(await pair());
  await files.start(signal);
  const told: KeyPair[] = [];
  files.subscribe((each) => told.push(each));
  const second = await pair();
  mount(second);
  await until(() => told.length > 0);
  expect(files.current()).toEqual(second);
  await clock.advance(60_000);
  expect(told).toEqual([second]);
});

test.each([
  ['tls.crt', 'rubbish', /tls\.crt is no certificate/],
  ['tls.key', 'rubbish', /tls\.key is no private key/],
  ['tls.key', undefined, /ENOENT.*tls\.key/],
  ['tls.crt', undefined, /ENOENT.*tls\.crt/],
])('a %s that is broken at the start is named (%s)', async (file, content, message) => {
  mount(await pair());
  rmSync(join(dir, file));
  if (content !== undefined) writeFileSync(join(dir, file), content);
  await expect(files.start(signal)).rejects.toThrow(message);
});

test('the key of another certificate is told', async () => {
  mount({ ...(await pair()), key: (await pair()).key });
  await expect(files.start(signal)).rejects.toThrow(/tls\.key is not the key of the certificate/);
});

test('what is broken later is logged once, the last good pair stays, and the next good one is taken', async () => {
  const first = await pair();
  mount(first);
  await files.start(signal);
  mount({ ...first, cert: 'rubbish' });
  await until(() => log.at('error').length > 0);
  await clock.advance(60_000);
  expect(log.at('error')).toHaveLength(1);
  expect(log.at('error')[0]?.fields['fault']).toMatch(/tls\.crt is no certificate/);
  expect(files.current()).toEqual(first);
  expect(files.trouble()).toBeUndefined();

  const second = await pair();
  mount(second);
  await until(() => files.current().cert === second.cert);
});

test('a certificate that has expired is trouble', async () => {
  mount(await pair());
  await files.start(signal);
  await clock.advance(hour);
  expect(files.trouble()).toMatch(/expired at 2026-01-01T01:00:00/);
});
