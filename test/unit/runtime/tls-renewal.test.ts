import { X509Certificate } from 'node:crypto';
import { Agent } from 'node:https';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Certificates } from '../../../src/runtime/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { ask, startTestServer } from './https-client.ts';
import { recordedLog } from './recorded-log.ts';
import type { RecordedLog } from './recorded-log.ts';
import { SecretServer } from './tls-secret-server.ts';

const minute = 60_000;

/**
 * Starts a little in the past, so that a real handshake accepts both the first leaf and the one that is issued an hour
 * later.
 */
class RecentClock extends FakeClock {
  readonly #began = Date.now() - 65 * minute;

  override now(): number {
    return this.#began + this.monotonic();
  }
}

let clock: FakeClock;
let server: SecretServer;
let log: RecordedLog;
let certificates: Certificates;

beforeEach(async () => {
  clock = new RecentClock();
  server = new SecretServer();
  log = recordedLog();
  certificates = new Certificates({
    client: server.client,
    clock,
    logger: log.logger,
    namespace: 'default',
    secretName: 'ca',
    subjects: { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
    webhooks: [],
    life: { ca: 300 * minute, leaf: 90 * minute },
  });
  const started = certificates.start(new AbortController().signal);
  await until(() => certificates.trouble() === undefined, 100);
  await started;
});
afterEach(async () => {
  await certificates[Symbol.asyncDispose]();
  expect(clock.pending).toBe(0);
});

/** Lets time pass in steps of `stepMs` until `condition` is true. Keys are made in real time. */
async function until(condition: () => boolean, stepMs: number): Promise<void> {
  while (!condition()) {
    await clock.advance(stepMs);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function leaf(): X509Certificate {
  return new X509Certificate(certificates.current().cert);
}

/** The serial number as X.509 writes it, and as the tests' HTTPS client returns it. */
function serial(): string {
  return leaf().serialNumber;
}

test('a leaf is renewed after two thirds of its life, by the same authority', async () => {
  const first = leaf();
  const authority = server.text('tls.crt');
  await clock.advance(55 * minute);
  expect(serial()).toBe(first.serialNumber);
  await until(() => serial() !== first.serialNumber, minute);
  expect(leaf().validFromDate.getTime()).toBeLessThan(first.validFromDate.getTime() + 70 * minute);
  expect(leaf().verify(new X509Certificate(authority).publicKey)).toBe(true);
  expect(server.text('tls.crt')).toBe(authority);
});

test('a renewal is what new connections see, and old ones go on', async () => {
  await using https = await startTestServer({ certificates, routes: { '/echo': async (body) => body } });
  const trust = { ca: server.text('tls.crt') };
  const agent = new Agent({ keepAlive: true });
  const before = await ask(https, { agent, ...trust });
  const first = serial();
  expect(before.serial).toBe(first);
  await until(() => serial() !== first, minute);
  const kept = await ask(https, { agent, ...trust });
  const fresh = await ask(https, trust);
  agent.destroy();
  expect(kept).toMatchObject({ code: 200, localPort: before.localPort, serial: first });
  expect(fresh).toMatchObject({ code: 200, serial: serial() });
});

test('an authority is replaced after two thirds of its life, and the old one forgotten when its leaves are over', async () => {
  const first = server.text('tls.crt');
  await until(() => server.text('next.crt') !== '', minute);
  const second = server.text('next.crt');
  expect(server.text('ca-bundle.crt')).toBe(first + second);
  expect(leaf().verify(new X509Certificate(first).publicKey)).toBe(true);
  await until(() => server.text('tls.crt') === second, minute);
  const switched = clock.now();
  await until(() => leaf().verify(new X509Certificate(second).publicKey), minute);
  expect(server.secret?.data).not.toHaveProperty('next.key');
  expect(server.text('ca-bundle.crt')).toBe(first + second);
  await until(() => server.text('ca-bundle.crt') === second, minute);
  expect(clock.now() - switched).toBeGreaterThanOrEqual(90 * minute);
  expect(log.at('error')).toEqual([]);
});

test('an authority that was lost is replaced, and known beside the new one', async () => {
  const lost = server.text('tls.crt');
  server.secret = undefined;
  await until(() => server.secret !== undefined, minute);
  const found = server.text('tls.crt');
  expect(found).not.toBe(lost);
  expect(server.text('ca-bundle.crt')).toBe(lost + found);
});
