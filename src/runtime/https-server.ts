import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import { throwIfCancelled } from '../base/cancellation.ts';
import { systemClock as clock } from '../base/clock.ts';
import { Lifetime } from '../base/lifetime.ts';
import { BodyBudget, usualBudget } from './https-budget.ts';
import type { BudgetLimits } from './https-budget.ts';
import { Connections } from './https-connections.ts';
import type { Logger } from '../base/logger.ts';
import { answer } from './https-exchange.ts';
import type { ExchangeOptions, HttpsHandler, HttpsReport } from './https-exchange.ts';
import { listen } from './listen.ts';
import type { ListenAddress } from './listen.ts';
import type { CertificateSource, ClientAuthority } from './tls/index.ts';

/** What the server needs. Times are in milliseconds. */
export interface HttpsServerOptions {
  /** Where to listen; port 0 takes any free port. */
  readonly bind: ListenAddress;
  /** Lets several processes listen on one address; the kernel distributes connections among them. Default false. */
  readonly reusePort?: boolean;
  /** Must be started; disposed after the server by its owner. */
  readonly certificates: Pick<CertificateSource, 'current' | 'subscribe'>;
  /**
   * The authorities that must have signed the certificate of a client; absent: clients need no certificate. Must be
   * started; disposed after the server by its owner.
   */
  readonly clientAuthority?: Pick<ClientAuthority, 'current' | 'subscribe'> | undefined;
  /** Handlers by route. */
  readonly routes: Readonly<Record<string, HttpsHandler>>;
  /** The route for a path, or undefined. Default: the path is the route. */
  readonly routeOf?: (path: string) => string | undefined;
  readonly logger: Logger;
  readonly observe?: (report: HttpsReport) => void;
  /** Default 3 MiB: an API server accepts no larger object. */
  readonly maxBodyBytes?: number;
  /** How many bytes of bodies may be in memory at once; default {@link usualBudget}. */
  readonly budget?: BudgetLimits;
  /**
   * How many connections there may be; default 1,024. An API server has one connection for each review in flight, and
   * at most as many of those as it processes changes at once: 200 by default. So this is enough for five API servers at
   * their limit, at 100 KB each.
   */
  readonly maxConnections?: number;
  /** The longest time for a handler, whatever the caller asks for; default 30,000, the maximum of API servers. */
  readonly requestTimeoutMs?: number;
  /** The time for the handshake, and again for the headers of a request; default 5,000. */
  readonly headersTimeoutMs?: number;
  /** The time for the body of a request; default 3,000. The body is sent in one piece by a machine nearby. */
  readonly bodyTimeoutMs?: number;
  /**
   * How long a connection may be idle. Default 120,000: longer than API servers keep one, so that none is closed while
   * a request is being sent.
   */
  readonly keepAliveTimeoutMs?: number;
  /** How long the last connections may take to close when the server ends. Default 1,000. */
  readonly flushMs?: number;
}

/** Answers JSON with JSON over HTTPS (HTTP/1.1). Disposing it accepts nothing new and waits for the requests in flight. */
export interface HttpsServer extends AsyncDisposable {
  /** The address on which the server listens. */
  readonly address: ListenAddress;
}

const MAX_CONNECTIONS = 1_024;

/** How long a connection that is being closed may take to send its last bytes, in milliseconds. */
const FLUSH_MS = 1_000;

/**
 * Starts to listen. Throws {@link BindError} if that fails. Every request is answered; an error of a handler is
 * answered with 500.
 */
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
        // Connections that were accepted with the former authorities have to be made again.
        connections.outdate();
        server.closeIdleConnections();
      }),
    );
  }
  lifetime.defer(() => traffic.drain());
  try {
    const address = await listen(server, {
      bind,
      reusePort,
      what: 'admission reviews',
      onTrouble: (error) => logger.error('the server has trouble', { error }),
    });
    return { address, [Symbol.asyncDispose]: () => lifetime[Symbol.asyncDispose]() };
  } catch (error) {
    await lifetime[Symbol.asyncDispose]();
    throw error;
  }
}

/** The certificate and the client authorities for the next handshakes. */
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
    // The body has a time-out of its own, with a better answer. This one only makes sure.
    requestTimeout: headersTimeoutMs + bodyTimeoutMs + 2 * FLUSH_MS,
    connectionsCheckingInterval: Math.min(1_000, headersTimeoutMs / 2),
    keepAliveTimeout: keepAliveTimeoutMs,
  });
  // The time-out for a silent connection, including a client that doesn't read its answer.
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

/** Answers a connection whose bytes couldn't be parsed as a request. */
function answerRaw(socket: Duplex, status: string): void {
  socket.on('error', () => undefined);
  const close = clock.schedule(FLUSH_MS, () => socket.destroy());
  socket.once('close', () => close[Symbol.dispose]());
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  else socket.destroy();
}

/** What {@link Traffic} works on. */
interface TrafficParts {
  readonly server: Server;
  readonly connections: Connections;
  readonly flushMs: number;
}

/** Counts the requests in flight, so that the server can end without breaking any. */
class Traffic {
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #limitMs: number;
  readonly #flushMs: number;
  #underWay = 0;
  #draining = false;
  #whenQuiet: () => void = () => undefined;

  constructor({ server, connections, flushMs }: TrafficParts, options: ExchangeOptions) {
    this.#server = server;
    this.#connections = connections;
    this.#flushMs = flushMs;
    this.#limitMs = options.bodyTimeoutMs + options.requestTimeoutMs;
    server.on('request', (request, response) => {
      this.#underWay++;
      response.once('close', () => this.#answered());
      const { socket } = request;
      const draining = (): boolean => this.#draining || connections.isOutdated(socket);
      void answer(request, response, options, { draining, onRoute: () => connections.markUsed(socket) });
    });
  }

  /** Accepts nothing new, waits for the requests in flight, and closes every connection. */
  async drain(): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    await this.#quiet();
    // The last answers are being sent. The other connections have no request.
    await within(this.#flushMs, closed);
    this.#connections.cut();
    await closed;
  }

  #answered(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#whenQuiet();
  }

  async #quiet(): Promise<void> {
    if (this.#underWay === 0) return;
    const quiet = new Promise<void>((resolve) => (this.#whenQuiet = resolve));
    await within(this.#limitMs, quiet);
  }
}

/** Waits for `promise`, but at most `ms`. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = clock.schedule(ms, () => resolve(undefined));
  await Promise.race([promise, late]);
  timer[Symbol.dispose]();
}
