import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import { throwIfCancelled } from '../base/cancellation.ts';
import { listen } from './listen.ts';
import type { ListenAddress } from './listen.ts';
import type { Metrics } from './metrics.ts';

/** Returns why something isn't healthy, or undefined. It must be cheap and must not throw. */
export type HealthCheck = () => string | undefined;

/** Whether a client may read the metrics. `unknown` when that can't be found out now. */
export type Access = 'allowed' | 'forbidden' | 'unauthenticated' | 'unknown';

/** Decides by the header `Authorization` of a request. It must not reject. */
export type Authorize = (authorization: string | undefined) => Promise<Access>;

/** What the server needs. */
interface HealthServerOptions {
  /** Where to listen; port 0 takes any free port. */
  readonly bind: ListenAddress;
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>;
  readonly logger: Logger;
  /** The checks of `/readyz`, by name. It answers 200 if all pass. */
  readonly readiness: Readonly<Record<string, HealthCheck>>;
  /** The checks of `/livez`, by name. Absent: `/livez` always answers 200. */
  readonly liveness?: Readonly<Record<string, HealthCheck>>;
  /** Who may read `/metrics`; absent: everybody. Probes are answered without a check. */
  readonly authorize?: Authorize | undefined;
}

/** Answers `/livez`, `/readyz` and `/metrics` over plain HTTP. */
export interface HealthServer extends AsyncDisposable {
  /** The address on which the server listens. */
  readonly address: ListenAddress;
}

/** Starts to listen. Throws {@link BindError} if that fails. */
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
        // Scrapers keep their connections open, which would keep the server from closing.
        server.closeAllConnections();
      }),
  );
  try {
    const address = await listen(server, {
      bind: options.bind,
      what: 'metrics and health',
      onTrouble: (error) => options.logger.warn('a connection for health and metrics was not taken', { error }),
    });
    return { address, [Symbol.asyncDispose]: () => lifetime[Symbol.asyncDispose]() };
  } catch (error) {
    await lifetime[Symbol.asyncDispose]();
    throw error;
  }
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
