import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock as clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { invariant } from '../base/result.ts';
import { lengthOf, readJson, timeoutOf } from './https-body.ts';
import type { HttpRefusal } from './https-body.ts';
import type { BodyBudget } from './https-budget.ts';

/** What a handler knows of the request besides its body. */
export interface HttpsRequest {
  /** How long the caller waits for the answer, in milliseconds, if it says so. */
  readonly timeoutMs?: number;
}

/**
 * Answers a JSON body with a value that is sent as JSON. `signal` aborts shortly before the caller gives up, or when it
 * is gone. An exception is answered with 500.
 */
export type HttpsHandler = (body: unknown, signal: AbortSignal, request: HttpsRequest) => Promise<unknown>;

/** One request that was answered; for metrics. */
export interface HttpsReport {
  /** The requested route; undefined for unknown paths. */
  readonly route: string | undefined;
  /** The HTTP status; 499 when the caller was gone before the answer. */
  readonly code: number;
  readonly seconds: number;
}

/** What answering needs. */
export interface ExchangeOptions {
  readonly routes: Readonly<Record<string, HttpsHandler>>;
  /** The route of a requested path; undefined: none. */
  readonly routeOf: (path: string) => string | undefined;
  readonly maxBodyBytes: number;
  /** Shared by all requests. */
  readonly budget: BodyBudget;
  /** From the end of the headers to the end of the body, in milliseconds. */
  readonly bodyTimeoutMs: number;
  /** The longest that a handler may take, whatever the caller says, in milliseconds. */
  readonly requestTimeoutMs: number;
  readonly logger: Logger;
  readonly observe?: ((report: HttpsReport) => void) | undefined;
}

/** When to try again, in seconds, the unit of the header. */
const RETRY_AFTER_S = 1;

/**
 * How long the rest of a refused request is read and dropped, so that the sender gets to read the answer, in
 * milliseconds.
 */
const LINGER_MS = 500;

/** The server, as one exchange sees it. */
export interface Host {
  /** Whether this is the last answer on its connection; asked when the answer is sent. */
  readonly draining: () => boolean;
  /** Called when the requested route is known. */
  readonly welcome: () => void;
}

/** Answers one request, whatever is in it; never rejects. */
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
  // The caller may disconnect at any time.
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
  /** For logs: the path itself may be a secret. */
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
  on.welcome();
  if (request.method !== 'POST') return refuse(on, { code: 405, text: 'only POST' });
  // Until the answer: objects parsed from the bytes take as much memory.
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

/** Runs the handler within its time. A handler that goes on after that has been answered for, and is ignored. */
async function handle(
  { response, route, options }: Exchange,
  run: (signal: AbortSignal) => Promise<unknown>,
  timeoutMs: number = options.requestTimeoutMs,
): Promise<Answer> {
  const limitMs = Math.min(timeoutMs, options.requestTimeoutMs);
  const over = new AbortController();
  const gone = (): void => over.abort(new Error('the caller is gone'));
  response.once('close', gone);
  // The rest of the time is for the answer that says so.
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

/** One short line: it becomes part of the message that a user of the API server sees. */
function textOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  return line.slice(0, 200);
}

/** Answers without having read everything, so the connection can't be reused. */
async function refuse(on: Exchange, refusal: HttpRefusal): Promise<number> {
  const { request, response } = on;
  const text = `${refusal.text}\n`;
  head({ ...on, draining: () => true }, refusal.code, 'text/plain; charset=utf-8', text);
  response.write(text);
  // A connection that is closed with unread bytes is reset, and the answer is lost with it.
  if (!request.complete) await restOf(request);
  response.end();
  return refusal.code;
}

/** Reads and drops what still arrives, until it ends or has lingered long enough. */
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
