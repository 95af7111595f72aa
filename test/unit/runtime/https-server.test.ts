import { connect } from 'node:net';
import { Agent } from 'node:https';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import type { HttpsHandler, HttpsReport, HttpsServer } from '../../../src/runtime/index.ts';
import { TestCertificates, ask, newPair, rawConnection, startTestServer } from './https-client.ts';
import type { Question } from './https-client.ts';
import { recordedLog } from './recorded-log.ts';
import type { RecordedLog } from './recorded-log.ts';

const maxBodyBytes = 1_000;
let server: HttpsServer;
let certificates: TestCertificates;
let log: RecordedLog;
let reports: HttpsReport[];

const endless: HttpsHandler = () => new Promise(() => undefined);
const routes: Readonly<Record<string, HttpsHandler>> = {
  '/echo': async (body, _signal, request) => ({ body, ...request }),
  '/fails': () => Promise.reject(new Error('the ledger is away\nat line 1')),
  '/throws': () => {
    throw new Error('at once');
  },
  '/nothing': async () => undefined,
  '/endless': endless,
  '/obeys': (_body, signal) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve({ gaveUp: true }))),
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => void systemClock.schedule(5, resolve));
}

beforeEach(async () => {
  log = recordedLog();
  reports = [];
  certificates = new TestCertificates(await newPair());
  server = await startTestServer({
    certificates,
    routes,
    maxBodyBytes,
    logger: log.logger,
    headersTimeoutMs: 2_000,
    bodyTimeoutMs: 1_000,
    requestTimeoutMs: 1_000,
    observe: (report) => reports.push(report),
  });
});
afterEach(async () => server[Symbol.asyncDispose]());

describe('a request', () => {
  test('is answered with what its handler gives', async () => {
    const answer = await ask(server, {
      body: '{"wanted":["ü"]}',
      headers: { 'content-type': 'application/JSON; charset=utf-8' },
    });
    expect(answer).toMatchObject({ code: 200, body: '{"body":{"wanted":["ü"]}}' });
    expect(answer.headers['content-type']).toBe('application/json');
    expect(reports).toMatchObject([{ route: '/echo', code: 200 }]);
  });

  const cases: readonly [string, Question, number, RegExp][] = [
    ['another method', { method: 'GET', body: '' }, 405, /only POST/],
    ['another method with a body', { method: 'PUT' }, 405, /only POST/],
    ['a path that nobody serves', { path: '/echo/more' }, 404, /^nothing is served here\n$/],
    ['a path that objects have by nature', { path: '/constructor' }, 404, /^nothing is served here\n$/],
    ['another content type', { headers: { 'content-type': 'text/plain' } }, 415, /"text\/plain".*application\/json/],
    ['no content type', { headers: { 'content-type': '' } }, 415, /send application\/json/],
    ['an encoded body', { headers: { 'content-encoding': 'gzip' } }, 415, /"gzip"/],
    ['a body that is too large', { body: Buffer.alloc(5_000_000, ' ') }, 413, /more than 1000 bytes/],
    [
      'a body that is too large and does not say so',
      { body: Buffer.alloc(5_000_000, ' '), headers: { 'transfer-encoding': 'chunked' } },
      413,
      /more than 1000 bytes/,
    ],
    ['broken JSON', { body: '{"a":' }, 400, /no JSON/],
    ['no body', { body: '' }, 400, /no JSON/],
    ['a body that is no UTF-8', { body: Buffer.from([0x22, 0xff, 0x22]) }, 400, /no JSON/],
    ['a handler that fails', { path: '/fails' }, 500, /^failed: the ledger is away\n$/],
    ['a handler that throws at once', { path: '/throws' }, 500, /^failed: at once\n$/],
    ['a handler that gives nothing', { path: '/nothing' }, 500, /gave nothing/],
    ['a handler that never ends', { path: '/endless?timeout=100ms' }, 504, /within 100 ms/],
  ];
  test.each(cases)('with %s is answered all the same', async (_, question, code, text) => {
    const answer = await ask(server, question);
    expect(answer.code).toBe(code);
    expect(answer.body).toMatch(text);
    expect((await ask(server)).code).toBe(200);
    // A refused request lasts until its sender disconnects.
    await until(() => reports.length === 2);
    expect(reports.map((report) => report.code).sort()).toEqual([200, code].sort());
  });

  test('of the largest size is read', async () => {
    expect((await ask(server, { body: `"${'x'.repeat(maxBodyBytes - 2)}"` })).code).toBe(200);
  });

  test('that fails is logged with its route', async () => {
    await ask(server, { path: '/fails' });
    const [line] = log.at('error');
    expect(line?.fields).toMatchObject({ route: '/fails' });
    expect(String(line?.fields['error'])).toContain('the ledger is away');
  });

  test.each([
    ['?timeout=10s', 10_000],
    ['?timeout=1m30s', 90_000],
    ['?timeout=1.5s&x=1', 1_500],
    ['?timeout=soon', undefined],
    ['', undefined],
  ])('with %s tells its handler how long the caller waits', async (query, timeoutMs) => {
    const { body } = await ask(server, { path: `/echo${query}` });
    expect(JSON.parse(body)).toEqual({ body: {}, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  });

  test('is given up shortly before its caller gives up, early enough to be answered', async () => {
    const began = systemClock.monotonic();
    expect(await ask(server, { path: '/obeys?timeout=300ms' })).toMatchObject({ code: 200, body: '{"gaveUp":true}' });
    expect(systemClock.monotonic() - began).toBeGreaterThan(200);
  });

  test('is given up when its caller is gone', async () => {
    const { socket } = await rawConnection(server);
    socket.end('POST /obeys HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
    socket.destroySoon();
    await until(() => reports.length > 0);
    expect(reports).toMatchObject([{ route: '/obeys', code: 499 }]);
  });
});

describe('a server whose paths are secrets', () => {
  test('answers there, says nothing of them elsewhere, and logs none', async () => {
    const routeOf = (path: string): string | undefined => (path === '/a/s3cret' ? '/fails' : undefined);
    await using secret = await startTestServer({ certificates, routes, routeOf, logger: log.logger });
    expect(await ask(secret, { path: '/a/s3cret?timeout=10s' })).toMatchObject({ code: 500 });
    const elsewhere = ['/fails', '/a', '/a/', '/a/s3cre', '/a/s3crets', '/'];
    const answers = await Promise.all(elsewhere.map((path) => ask(secret, { path, method: 'GET', body: '' })));
    expect(answers.map(({ code, body }) => ({ code, body }))).toEqual(
      elsewhere.map(() => ({ code: 404, body: 'nothing is served here\n' })),
    );
    expect(log.at('error')).toMatchObject([{ fields: { route: '/fails' } }]);
    expect(JSON.stringify(log.at('error'))).not.toContain('s3cret');
  });
});

describe('whoever takes his time', () => {
  test('with the body is told so, and sent away', async () => {
    const { socket, closed, received } = await rawConnection(server);
    socket.write('POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{');
    const drip = setInterval(() => socket.write(' '), 50);
    await closed.finally(() => clearInterval(drip));
    expect(received()).toMatch(/^HTTP\/1\.1 429 [\s\S]*retry-after: 1\r\n[\s\S]*did not end within 1000 ms/);
  });

  test('with the headers is told so, and sent away', async () => {
    const { socket, closed, received } = await rawConnection(server);
    socket.write('POST /echo HTTP/1.1\r\nHost: x\r\n');
    await closed;
    expect(received()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test.each([
    ['asks for nothing', true],
    ['never begins the handshake', false],
  ])('and %s is sent away', async (_, secure) => {
    if (secure) return (await rawConnection(server)).closed;
    const socket = connect(server.address);
    await new Promise<void>((resolve) =>
      socket
        .on('error', () => undefined)
        .once('close', () => resolve())
        .resume(),
    );
  });
});

describe('what is no request', () => {
  test.each([
    ['plain HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['rubbish', '\0\x01\x02 rubbish \r\n\r\n'],
  ])('such as %s to the TLS port ends that connection alone', async (_, bytes) => {
    const socket = connect(server.address, () => socket.write(bytes));
    await new Promise<void>((resolve) =>
      socket
        .on('error', () => undefined)
        .once('close', () => resolve())
        .resume(),
    );
    expect((await ask(server)).code).toBe(200);
  });

  test.each([
    ['rubbish', 'rubbish\r\n\r\n', '400'],
    ['headers without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}`, '431'],
    ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n', '405'],
  ])('such as %s inside of TLS is answered', async (_, bytes, code) => {
    const { socket, closed, received } = await rawConnection(server);
    socket.write(bytes);
    await closed;
    expect(received()).toMatch(new RegExp(`^HTTP/1\\.1 ${code} `));
    expect((await ask(server)).code).toBe(200);
  });
});

describe('the certificate', () => {
  test('that is new is shown to new connections, and old ones go on', async () => {
    const agent = new Agent({ keepAlive: true });
    const before = await ask(server, { agent });
    certificates.replace(await newPair());
    const kept = await ask(server, { agent });
    const fresh = await ask(server);
    agent.destroy();
    expect(kept).toMatchObject({ code: 200, localPort: before.localPort, serial: before.serial });
    expect(fresh.code).toBe(200);
    expect(fresh.serial).not.toBe(before.serial);
  });
});

describe('an address', () => {
  test('that is taken is told', async () => {
    await expect(startTestServer({ bind: server.address })).rejects.toThrow(`127.0.0.1:${server.address.port}`);
  });

  test('is shared where that is asked for', async () => {
    const first = await startTestServer({ reusePort: true, routes });
    const second = await startTestServer({ reusePort: true, routes, bind: first.address });
    expect(second.address).toEqual(first.address);
    await first[Symbol.asyncDispose]();
    expect((await ask(second)).code).toBe(200);
    await second[Symbol.asyncDispose]();
  });
});
