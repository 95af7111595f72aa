import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Lifetime } from '../base/lifetime.ts';
import { BindError } from './bind-error.ts';
import type { Logger } from '../base/logger.ts';
import { throwIfCancelled } from '../base/cancellation.ts';
import type { Metrics } from './metrics.ts';

/** Why something isn't well; undefined while it is. Cheap, and never throws. */
export type HealthCheck = () => string | undefined;

/** Whether a caller may read the metrics; `unknown` if that can't be found out at the moment. */
export type Access = 'allowed' | 'forbidden' | 'unauthenticated' | 'unknown';

/** Decides by the header `Authorization` of a request. Never rejects. */
export type Authorize = (authorization: string | undefined) => Promise<Access>;

/** What the server needs. */
export interface HealthServerOptions {
  /** Where to listen; port 0 takes any. */
  readonly bind: { readonly host: string; readonly port: number };
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>;
  readonly logger: Logger;
  /** By name; all must be well for `/readyz` to answer 200. */
  readonly readiness: Readonly<Record<string, HealthCheck>>;
  /** By name, for `/livez`; absent: a process that answers is alive. */
  readonly liveness?: Readonly<Record<string, HealthCheck>>;
  /** Decides who may read `/metrics`; absent: everybody. Probes are always answered. */
  readonly authorize?: Authorize | undefined;
}

/** Answers `/livez`, `/readyz` and `/metrics` over plain HTTP. */
export interface HealthServer extends AsyncDisposable {
  /** Where it listens. */
  readonly address: { readonly host: string; readonly port: number };
}

/** Listens, or rejects with the reason why not. */
export async function startHealthServer(options: HealthServerOptions, signal: AbortSignal): Promise<HealthServer> {
  throwIfCancelled(signal);
  const lifetime = new Lifetime('health server');
  const server = createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      options.logger.error('a scrape failed', { error });
      response.destroy();
    });
  });
  lifetime.defer(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        // A scraper keeps its connection open, which would keep the server from closing.
        server.closeAllConnections();
      }),
  );
  try {
    await new Promise<void>((resolve, reject) => {
      // Handled for good: after the start, too, a connection may fail, for want of descriptors, and the next one may
      // succeed.
      server.on('error', (error) => {
        if (server.listening) options.logger.warn('a connection for health and metrics was not taken', { error });
        else reject(error);
      });
      server.listen(options.bind, resolve);
    });
  } catch (error) {
    await lifetime[Symbol.asyncDispose]();
    throw new BindError('metrics and health', options.bind, error);
  }
  const { address: host, port } = server.address() as AddressInfo;
  return { address: { host, port }, [Symbol.asyncDispose]: () => lifetime[Symbol.asyncDispose]() };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: HealthServerOptions): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') return reply(response, 405, 'text/plain', 'only GET\n');
  if (path === '/livez') return replyChecks(response, options.liveness ?? {});
  if (path === '/readyz') return replyChecks(response, options.readiness);
  if (path === '/metrics') {
    const access = (await options.authorize?.(request.headers.authorization)) ?? 'allowed';
    if (access !== 'allowed') return refuse(response, access);
    return reply(response, 200, options.metrics.contentType, await options.metrics.text());
  }
  reply(response, 404, 'text/plain', 'only /livez, /readyz and /metrics\n');
}

const refusals = {
  unauthenticated: [401, 'send a bearer token that the API server knows\n', { 'www-authenticate': 'Bearer' }],
  forbidden: [403, 'this account may not get the path /metrics\n', {}],
  unknown: [503, 'the API server could not be asked who this is: try again\n', { 'retry-after': '1' }],
} as const;

function refuse(response: ServerResponse, access: keyof typeof refusals): void {
  const [code, body, headers] = refusals[access];
  response.setHeaders(new Map(Object.entries(headers)));
  reply(response, code, 'text/plain', body);
}

function replyChecks(response: ServerResponse, checks: Readonly<Record<string, HealthCheck>>): void {
  const results = Object.entries(checks).map(([name, check]) => [name, check() ?? 'ok'] as const);
  const well = results.every(([, result]) => result === 'ok');
  const body = { status: well ? 'ok' : 'failing', checks: Object.fromEntries(results) };
  reply(response, well ? 200 : 503, 'application/json', `${JSON.stringify(body, null, 2)}\n`);
}

function reply(response: ServerResponse, code: number, type: string, body: string): void {
  response.writeHead(code, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}
