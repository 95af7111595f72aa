import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import { throwIfCancelled } from '../base/cancellation.ts';
import { systemClock as clock } from '../base/clock.ts';
import { Lifetime } from '../base/lifetime.ts';
import { BindError } from './bind-error.ts';
import { BodyBudget, usualBudget } from './https-budget.ts';
import type { BudgetLimits } from './https-budget.ts';
import { Connections } from './https-connections.ts';
import type { Logger } from '../base/logger.ts';
import { answer } from './https-exchange.ts';
import type { ExchangeOptions, HttpsHandler, HttpsReport } from './https-exchange.ts';
import type { CertificateSource, ClientAuthority } from './tls/index.ts';

/** What the server needs. Times are in milliseconds. */
export interface HttpsServerOptions {
  /** Where to listen; port 0 takes any. */
  readonly bind: { readonly host: string; readonly port: number };
  /** Lets several processes listen at one address; the kernel spreads connections over them. Default false. */
  readonly reusePort?: boolean;
  /** Started, and disposed after the server. */
  readonly certificates: Pick<CertificateSource, 'current' | 'subscribe'>;
  /**
   * The authority that must have signed the certificates of callers; absent: callers need none. Started, and disposed
   * after the server.
   */
  readonly clientAuthority?: Pick<ClientAuthority, 'current' | 'subscribe'> | undefined;
  /** Handlers by route. */
  readonly routes: Readonly<Record<string, HttpsHandler>>;
  /** The route of a path; undefined: none. Default: routes are paths. */
  readonly routeOf?: (path: string) => string | undefined;
  readonly logger: Logger;
  readonly observe?: (report: HttpsReport) => void;
  /** Default 3 MiB: an API server takes no larger object. */
  readonly maxBodyBytes?: number;
  /** How many bytes of all bodies may be in memory at once; default {@link usualBudget}. */
  readonly budget?: BudgetLimits;
  /**
   * How many connections there may be; default 1,024. An API server has one for each review under way, of which there are
   * as many as changes that it works on at once: 200 by default. That is five API servers at their limit, at 100 KB each.
   */
  readonly maxConnections?: number;
  /** The longest that a handler may take, whatever the caller says; default 30,000, as API servers have it. */
  readonly requestTimeoutMs?: number;
  /** For the handshake, and again for the headers of a request; default 5,000. */
  readonly headersTimeoutMs?: number;
  /** For the body of a request; default 3,000: an API server sends it in one piece, from nearby. */
  readonly bodyTimeoutMs?: number;
  /** How long a connection may be idle. Default 120,000: longer than API servers keep one, so that none closes under a request. */
  readonly keepAliveTimeoutMs?: number;
  /** What the last connections may take to close when the server ends. Default 1,000. */
  readonly flushMs?: number;
}

/** Answers JSON with JSON over HTTPS (HTTP/1.1). Disposing accepts nothing new, and lets pending requests end. */
export interface HttpsServer extends AsyncDisposable {
  /** Where it listens. */
  readonly address: { readonly host: string; readonly port: number };
}

const MAX_CONNECTIONS = 1_024;

/** How long a connection that is being closed may take to send its last bytes. */
const FLUSH_MS = 1_000;

/** Listens, or rejects with the reason why it can't. Every request is answered; an exception of a handler with 500. */
export async function startHttpsServer(options: HttpsServerOptions, signal: AbortSignal): Promise<HttpsServer> {
  throwIfCancelled(signal);
  const { bind, reusePort = false, certificates, clientAuthority, logger } = options;
  const exchange: Required<Omit<ExchangeOptions, 'observe'>> & Pick<ExchangeOptions, 'observe'> = {
    routes: options.routes,
    routeOf: options.routeOf ?? ((path) => path),
    maxBodyBytes: options.maxBodyBytes ?? 3 * 1024 * 1024,
    budget: new BodyBudget(options.budget ?? usualBudget),
    bodyTimeoutMs: options.bodyTimeoutMs ?? 3_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    logger,
    observe: options.observe,
  };
  const server = createTlsServer(options, exchange);
  const connections = new Connections(server, options.maxConnections ?? MAX_CONNECTIONS, logger);
  const traffic = new Traffic({ server, connections, flushMs: options.flushMs ?? FLUSH_MS }, exchange);
  const lifetime = new Lifetime('https server');
  const renew = (): void => server.setSecureContext(secureContextOf(options));
  lifetime.own(certificates.subscribe(renew));
  if (clientAuthority) {
    lifetime.own(
      clientAuthority.subscribe(() => {
        renew();
        // A caller that was accepted by a former authority has to connect again.
        connections.outdate();
        server.closeIdleConnections();
      }),
    );
  }
  lifetime.defer(() => traffic.drain());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ ...bind, reusePort }, resolve);
    });
  } catch (error) {
    await lifetime[Symbol.asyncDispose]();
    throw new BindError('admission reviews', bind, error);
  }
  server.on('error', (error) => logger.error('the server has trouble', { error }));
  const { address: host, port } = server.address() as AddressInfo;
  return { address: { host, port }, [Symbol.asyncDispose]: () => lifetime[Symbol.asyncDispose]() };
}

/** The settings of the next handshakes. */
function secureContextOf({ certificates, clientAuthority }: HttpsServerOptions): SecureContextOptions {
  const ca = clientAuthority && { ca: clientAuthority.current() };
  return { ...certificates.current(), ...ca, minVersion: 'TLSv1.2' };
}

function createTlsServer(options: HttpsServerOptions, { bodyTimeoutMs, requestTimeoutMs }: ExchangeOptions): Server {
  const { headersTimeoutMs = 5_000, keepAliveTimeoutMs = 120_000, logger } = options;
  const server = createServer({
    ...secureContextOf(options),
    requestCert: options.clientAuthority !== undefined,
    rejectUnauthorized: true,
    handshakeTimeout: headersTimeoutMs,
    headersTimeout: headersTimeoutMs,
    // The body has a time-out of its own, with a better answer; this one is behind it.
    requestTimeout: headersTimeoutMs + bodyTimeoutMs + 2 * FLUSH_MS,
    connectionsCheckingInterval: Math.min(1_000, headersTimeoutMs / 2),
    keepAliveTimeout: keepAliveTimeoutMs,
  });
  // For silence, also of a caller that doesn't read the answer.
  server.setTimeout(headersTimeoutMs + bodyTimeoutMs + requestTimeoutMs, (socket) => socket.destroy());
  server.on('tlsClientError', (error, socket) => {
    logger.debug('a handshake failed', { error });
    socket.destroy();
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    logger.debug('a request could not be read', { error });
    answerRaw(socket, statusOfClientError(error.code));
  });
  server.on('connect', (_request, socket) => answerRaw(socket, '405 Method Not Allowed'));
  return server;
}

function statusOfClientError(code: string | undefined): string {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout';
  return code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
}

/** For bytes that are no request. */
function answerRaw(socket: Duplex, status: string): void {
  socket.on('error', () => undefined);
  const close = clock.schedule(FLUSH_MS, () => socket.destroy());
  socket.once('close', () => close[Symbol.dispose]());
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  else socket.destroy();
}

/** What {@link Traffic} needs. */
interface Ways {
  readonly server: Server;
  readonly connections: Connections;
  readonly flushMs: number;
}

/** Knows the pending requests, to end them well. */
class Traffic {
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #limitMs: number;
  readonly #flushMs: number;
  #underWay = 0;
  #draining = false;
  #whenQuiet: () => void = () => undefined;

  constructor({ server, connections, flushMs }: Ways, options: ExchangeOptions) {
    this.#server = server;
    this.#connections = connections;
    this.#flushMs = flushMs;
    this.#limitMs = options.bodyTimeoutMs + options.requestTimeoutMs;
    server.on('request', (request, response) => {
      this.#underWay++;
      response.once('close', () => this.#left());
      const { socket } = request;
      const draining = (): boolean => this.#draining || connections.isOutdated(socket);
      void answer(request, response, options, { draining, welcome: () => connections.welcome(socket) });
    });
  }

  /** Accepts nothing new, waits for pending requests, and closes every connection. */
  async drain(): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    await this.#quiet();
    // The last answers are being sent; the other connections have no request.
    await within(this.#flushMs, closed);
    this.#connections.cut();
    await closed;
  }

  #left(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#whenQuiet();
  }

  async #quiet(): Promise<void> {
    if (this.#underWay === 0) return;
    const quiet = new Promise<void>((resolve) => (this.#whenQuiet = resolve));
    await within(this.#limitMs, quiet);
  }
}

/** Waits for `promise`, `ms` at the most. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = clock.schedule(ms, () => resolve(undefined));
  await Promise.race([promise, late]);
  timer[Symbol.dispose]();
}
