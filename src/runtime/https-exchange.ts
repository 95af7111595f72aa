import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock as clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { invariant } from '../base/result.ts';
import { lengthOf, readJson, timeoutOf } from './https-body.ts';
import type { HttpRefusal } from './https-body.ts';
import type { BodyBudget } from './https-budget.ts';

/** What a handler gets besides the body. */
interface HttpsRequest {
  /** How long the caller waits for the answer, in milliseconds, if the request says so. */
  readonly timeoutMs?: number;
}

/**
 * Returns the value that answers a JSON body; it is sent as JSON. `signal` aborts shortly before the caller's time-out,
 * or when the caller has disconnected. An error is answered with 500.
 */
export type HttpsHandler = (body: unknown, signal: AbortSignal, request: HttpsRequest) => Promise<unknown>;

/** One answered request, for metrics. */
export interface HttpsReport {
  /** The requested route; undefined for paths that aren't served. */
  readonly route: string | undefined;
  /** The HTTP status; 499 when the caller disconnected before the answer. */
  readonly code: number;
  readonly seconds: number;
}

/** What answering a request needs. */
export interface ExchangeOptions {
  readonly routes: Readonly<Record<string, HttpsHandler>>;
  /** The route for a path, or undefined. */
  readonly routeOf: (path: string) => string | undefined;
  readonly maxBodyBytes: number;
  /** Shared by all requests. */
  readonly budget: BodyBudget;
  /** The time from the end of the headers to the end of the body, in milliseconds. */
  readonly bodyTimeoutMs: number;
  /** The longest time for a handler, whatever the caller asks for, in milliseconds. */
  readonly requestTimeoutMs: number;
  readonly logger: Logger;
  readonly observe?: ((report: HttpsReport) => void) | undefined;
}

/** When the caller may try again, in seconds. The header allows no smaller value. */
const RETRY_AFTER_S = 1;

/**
 * For how long the rest of a refused request is read and discarded, so that the sender can read the answer, in
 * milliseconds.
 */
const LINGER_MS = 500;

/** The server, from the view of one exchange. */
interface Host {
  /** Whether this answer is the last one on its connection. Called when the answer is sent. */
  readonly draining: () => boolean;
  /** Called when the request is for a route that exists. */
  readonly onRoute: () => void;
}

/** Answers one request. Never rejects. */
export async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ExchangeOptions,
  host: Host,
): Promise<void> {
  const began = clock.monotonic();
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const route = options.routeOf(path);
  const handler = route !== undefined && Object.hasOwn(options.routes, route) ? options.routes[route] : undefined;
  // The sender may disconnect at any time.
  response.on('error', () => undefined);
  let code: number;
  try {
    code = await exchange({ request, response, route, options, ...host }, handler, timeoutOf(query));
  } catch (error) {
    options.logger.debug('a caller was gone before the answer', { route, error });
    response.destroy();
    code = 499;
  }
  options.observe?.({ route: handler && route, code, seconds: (clock.monotonic() - began) / 1000 });
}

interface Exchange extends Host {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** For logs, because the path may be a secret. */
  readonly route: string | undefined;
  readonly options: ExchangeOptions;
}

async function exchange(
  on: Exchange,
  handler: HttpsHandler | undefined,
  timeoutMs: number | undefined,
): Promise<number> {
  const { request, options } = on;
  if (!handler) return refuse(on, { code: 404, text: 'nothing is served here' });
  on.onRoute();
  if (request.method !== 'POST') return refuse(on, { code: 405, text: 'only POST' });
  // Held until the answer, because the parsed value takes about as much memory as the bytes.
  using allowance = options.budget.open(lengthOf(request));
  const body = await readJson(request, options, allowance);
  if (!body.ok) return await refuse(on, body.error);
  const { code, text, type } = await handle(
    on,
    (signal) => handler(body.value, signal, timeoutMs === undefined ? {} : { timeoutMs }),
    timeoutMs,
  );
  if (!on.response.writable || on.response.destroyed) throw new Error('the connection was closed');
  head(on, code, type, text);
  on.response.end(text);
  return code;
}

interface Answer {
  readonly code: 200 | 500 | 504;
  readonly type: string;
  readonly text: string;
}

/**
 * Runs the handler within its time. If it takes longer, the caller gets an error, and the handler runs on without an
 * effect.
 */
async function handle(
  { response, route, options }: Exchange,
  run: (signal: AbortSignal) => Promise<unknown>,
  timeoutMs: number = options.requestTimeoutMs,
): Promise<Answer> {
  const limitMs = Math.min(timeoutMs, options.requestTimeoutMs);
  const over = new AbortController();
  const gone = (): void => over.abort(new Error('the caller is gone'));
  response.once('close', gone);
  // The rest of the time is for sending the answer about the time-out.
  const marginMs = Math.min(250, limitMs / 10);
  const hint = clock.schedule(limitMs - marginMs, () => over.abort(new Error(`took longer than ${limitMs} ms`)));
  const late = Promise.withResolvers<Answer>();
  const end = clock.schedule(limitMs, () => late.resolve(plain(504, `no answer within ${limitMs} ms`)));
  const running = Promise.resolve(over.signal)
    .then(run)
    .then(succeeded)
    .catch((error: unknown) => {
      options.logger.error('a request failed', { route, error });
      return plain(500, `failed: ${textOf(error)}`);
    });
  try {
    return await Promise.race([running, late.promise]);
  } finally {
    hint[Symbol.dispose]();
    end[Symbol.dispose]();
    response.off('close', gone);
  }
}

function succeeded(value: unknown): Answer {
  const text = JSON.stringify(value) as string | undefined;
  invariant(text !== undefined, 'the handler gave nothing to send');
  return { code: 200, type: 'application/json', text };
}

function plain(code: 500 | 504, text: string): Answer {
  return { code, type: 'text/plain; charset=utf-8', text: `${text}\n` };
}

/** Short and on one line, because it becomes part of the message that a user of the API server gets. */
function textOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  return line.slice(0, 200);
}

/** Answers before the whole request was read, so the connection can't be used again. */
async function refuse(on: Exchange, refusal: HttpRefusal): Promise<number> {
  const { request, response } = on;
  const text = `${refusal.text}\n`;
  head({ ...on, draining: () => true }, refusal.code, 'text/plain; charset=utf-8', text);
  response.write(text);
  // Closing a connection with unread bytes resets it, and the answer would be lost.
  if (!request.complete) await restOf(request);
  response.end();
  return refusal.code;
}

/** Discards what still arrives, until the request ends or the linger time is over. */
async function restOf(request: IncomingMessage): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const done = (): void => resolve(undefined);
  const timer = clock.schedule(LINGER_MS, done);
  request.once('end', done).once('close', done).resume();
  await promise;
  timer[Symbol.dispose]();
  request.pause();
}

function head({ response, draining }: Exchange, code: number, type: string, text: string): void {
  response.writeHead(code, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(code === 405 ? { allow: 'POST' } : {}),
    ...(code === 429 ? { 'retry-after': String(RETRY_AFTER_S) } : {}),
    ...(draining() ? { connection: 'close' } : {}),
  });
}
