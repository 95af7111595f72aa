import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Agent, request } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '../../../src/base/logger.ts';
import { Metrics, startHealthServer } from '../../../src/runtime/index.ts';
import type { Authorize, HealthCheck, HealthServer } from '../../../src/runtime/index.ts';

const never = new AbortController().signal;
const keepAlive = new Agent({ keepAlive: true });
let readiness: Record<string, HealthCheck>;
let metrics: Metrics;
let server: HealthServer;

beforeEach(async () => {
  readiness = { caches: () => undefined, ledger: () => undefined };
  metrics = new Metrics();
  const bind = { host: '127.0.0.1', port: 0 };
  server = await startHealthServer({ bind, metrics, logger: silentLogger, readiness }, never);
});
afterEach(async () => server[Symbol.asyncDispose]());

interface Answer {
  readonly code: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

/** Sends a request over a connection that is kept alive. */
function ask(path: string, method = 'GET'): Promise<Answer> {
  const { host, port } = server.address;
  return new Promise((resolve, reject) => {
    const received = (response: IncomingMessage): void => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ code: response.statusCode, type: response.headers['content-type'], body }));
    };
    request({ host, port, path, method, agent: keepAlive }, received).on('error', reject).end();
  });
}

describe('the health server', () => {
  test('tells where it listens', () => {
    expect(server.address.host).toBe('127.0.0.1');
    expect(server.address.port).toBeGreaterThan(0);
  });

  test('is alive as long as it answers, ready or not', async () => {
    readiness['caches'] = () => 'the first list is not in';
    expect((await ask('/livez')).code).toBe(200);
  });

  test('is ready when all is well, and lists what was looked at', async () => {
    const { code, body } = await ask('/readyz?verbose');
    expect(code).toBe(200);
    expect(body).toContain('caches');
    expect(body).toContain('ledger');
  });

  test('is not ready when one check fails, and says which and why', async () => {
    readiness['ledger'] = () => 'not read';
    const { code, body } = await ask('/readyz');
    expect(code).toBe(503);
    expect(body).toMatch(/caches.*ok/);
    expect(body).toMatch(/ledger.*not read/);
  });

  test('serves the metrics', async () => {
    metrics.counter({ name: 'seen_total', help: 'Seen' }).add({});
    const { code, type, body } = await ask('/metrics');
    expect(code).toBe(200);
    expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toContain('seen_total 1');
  });

  test.each([
    ['allowed', 200, undefined],
    ['forbidden', 403, undefined],
    ['unauthenticated', 401, 'Bearer'],
    ['unknown', 503, undefined],
  ] as const)(
    'gives the metrics to those alone who may read them, and probes to everybody: %s',
    async (access, code, asks) => {
      const seen: (string | undefined)[] = [];
      const authorize: Authorize = (authorization) => {
        seen.push(authorization);
        return Promise.resolve(access);
      };
      const options = { bind: { host: '127.0.0.1', port: 0 }, metrics, logger: silentLogger, readiness, authorize };
      metrics.counter({ name: 'seen_total', help: 'Seen' }).add({});
      await using guarded = await startHealthServer(options, never);
      const get = (path: string, method = 'GET'): Promise<Response> =>
        fetch(`http://127.0.0.1:${guarded.address.port}${path}`, {
          method,
          headers: { authorization: 'Bearer mine', connection: 'close' },
        });
      const answer = await get('/metrics?name=seen_total');
      expect([answer.status, answer.headers.get('www-authenticate') ?? undefined]).toEqual([code, asks]);
      expect((await answer.text()).includes('seen_total')).toBe(access === 'allowed');
      expect((await get('/metrics', 'HEAD')).status).toBe(code);
      expect([(await get('/livez')).status, (await get('/readyz')).status]).toEqual([200, 200]);
      expect(seen).toEqual(['Bearer mine', 'Bearer mine']);
    },
  );

  test.each([
    ['/', 'GET', 404],
    ['/readyz/x', 'GET', 404],
    ['/livez', 'POST', 405],
    ['/livez', 'HEAD', 200],
  ])('answers %s by %s with %d', async (path, method, expected) => {
    expect((await ask(path, method)).code).toBe(expected);
  });

  test('says what it could not listen on', async () => {
    const options = { bind: server.address, metrics, logger: silentLogger, readiness };
    await expect(startHealthServer(options, never)).rejects.toThrow(`127.0.0.1:${server.address.port}`);
  });

  test('outlives connections that could not be taken', async () => {
    let listening: Server | undefined;
    const find = (message: unknown): void => void (listening = (message as { server: Server }).server);
    subscribe('http.server.request.start', find);
    await ask('/livez');
    unsubscribe('http.server.request.start', find);
    for (const _ of [1, 2]) listening?.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
    expect((await ask('/livez')).code).toBe(200);
  });

  test('ends while a scraper keeps its connection, and listens no more', async () => {
    await ask('/livez');
    await server[Symbol.asyncDispose]();
    await expect(ask('/livez')).rejects.toThrow(/ECONNREFUSED|ECONNRESET|socket hang up/);
  });
});
