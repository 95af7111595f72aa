import type { Dispatcher } from 'undici';
import { CancelledError, abandonable, throwIfCancelled } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import { FencedError } from '../base/fence.ts';
import type { Fence } from '../base/fence.ts';
import { InvariantError } from '../base/result.ts';
import type { Connection } from './connection.ts';
import { ApiError, errorOfNetwork, errorOfStatus, isApiError } from './errors.ts';
import type { Status } from './errors.ts';

/** One HTTP request, sent once. */
export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** See `CallOptions`. */
  readonly fence?: Fence;
}

/** A watch that the server accepted. */
export interface OpenStream {
  readonly body: AsyncIterable<Uint8Array>;
  close(): void;
}

/** Sends requests over a connection's pools, and turns every failure into `ApiError` or `CancelledError`. */
export class Transport {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #userAgent: string;

  constructor(connection: Connection, clock: Clock, userAgent: string) {
    this.#connection = connection;
    this.#clock = clock;
    this.#userAgent = userAgent;
  }

  /** The text that the server answered; anything but 2xx is thrown. */
  async send(exchange: Exchange): Promise<string> {
    const deadline = this.#deadline(exchange);
    try {
      const answer = await this.#dispatch(exchange, 'requests', deadline.signal);
      return await this.#accepted(answer, exchange);
    } catch (error) {
      throw deadline.explain(error);
    } finally {
      deadline[Symbol.dispose]();
    }
  }

  /** Opens a stream: the time-out governs the opening, `silenceMs` the time between two pieces. */
  async open(exchange: Exchange, silenceMs: number): Promise<OpenStream> {
    const deadline = this.#deadline(exchange);
    try {
      const answer = await this.#dispatch(exchange, 'watches', deadline.signal, silenceMs);
      if (answer.statusCode !== 200) await this.#accepted(answer, exchange);
      // A body that is destroyed while nobody reads reports an error that nobody expects.
      answer.body.on('error', () => undefined);
      return { body: answer.body, close: () => void answer.body.destroy() };
    } catch (error) {
      throw deadline.explain(error);
    } finally {
      deadline[Symbol.dispose]();
    }
  }

  async #dispatch(
    exchange: Exchange,
    pool: 'requests' | 'watches',
    signal: AbortSignal,
    silenceMs?: number,
  ): Promise<Dispatcher.ResponseData> {
    const access = await this.#connection.access();
    throwIfCancelled(signal);
    const sender = exchange.fence === undefined ? access[pool] : access[pool].compose(guardedBy(exchange.fence));
    const answer = sender.request({
      origin: access.origin,
      path: access.basePath + exchange.path,
      method: exchange.method,
      headers: { 'user-agent': this.#userAgent, accept: 'application/json', ...access.headers, ...exchange.headers },
      body: exchange.body ?? null,
      signal,
      ...(silenceMs === undefined ? {} : { bodyTimeout: silenceMs }),
    });
    // The pool looks at the signal only when it has a connection: before that, whoever gives up has to leave by himself.
    return abandonable(answer, signal);
  }

  async #accepted(answer: Dispatcher.ResponseData, exchange: Exchange): Promise<string> {
    const text = await answer.body.text();
    if (answer.statusCode >= 200 && answer.statusCode < 300) return text;
    if (answer.statusCode === 401) this.#connection.forgetCredentials();
    const wait = Number(answer.headers['retry-after']) * 1000;
    throw errorOfStatus(answer.statusCode, statusOf(text), nameOf(exchange), wait > 0 ? wait : undefined);
  }

  /** A signal of our own for each attempt: combined platform signals pile up on a caller's long-lived one. */
  #deadline(exchange: Exchange): Disposable & { signal: AbortSignal; explain(error: unknown): Error } {
    throwIfCancelled(exchange.signal);
    const own = new AbortController();
    const give = (): void => own.abort(new CancelledError(exchange.signal.reason));
    exchange.signal.addEventListener('abort', give, { once: true });
    const late = `time-out after ${exchange.timeoutMs} ms`;
    const timer = this.#clock.schedule(exchange.timeoutMs, () => own.abort(new Error(late)));
    return {
      signal: own.signal,
      explain: (error) => failureOf(exchange, error, own.signal),
      [Symbol.dispose]: () => {
        timer[Symbol.dispose]();
        exchange.signal.removeEventListener('abort', give);
      },
    };
  }
}

/** A request waits in its pool for a connection, and the process may be stopped meanwhile: so the last look is there. */
function guardedBy(fence: Fence): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart: (controller, context) => {
        const reason = fence.reason();
        if (reason === undefined) handler.onRequestStart?.(controller, context);
        else controller.abort(new FencedError(reason));
      },
      onResponseStart: (...args) => handler.onResponseStart?.(...args),
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
      onResponseError: (...args) => handler.onResponseError?.(...args),
    });
}

/** What to throw for `error`: what the caller gave up is a cancellation, what we gave up is no answer. */
function failureOf(exchange: Exchange, error: unknown, attempt: AbortSignal): Error {
  if (isApiError(error) || error instanceof InvariantError || error instanceof FencedError) return error;
  if (exchange.signal.aborted) return new CancelledError(exchange.signal.reason);
  const cause: unknown = attempt.aborted ? attempt.reason : error;
  return errorOfNetwork(cause, nameOf(exchange));
}

/** Verb and path without the query, as it stands in logs. */
export function nameOf(exchange: Pick<Exchange, 'method' | 'path'>): string {
  return `${exchange.method} ${exchange.path.split('?', 1)[0] ?? ''}`;
}

function statusOf(text: string): Status {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Gateways and the plain handlers of the API server answer in words.
  }
  return text === '' ? {} : { message: text.slice(0, 500).trim() };
}

/** Reads an answer of the API server, which is JSON where it says so. */
export function parseAnswer(text: string, request: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ApiError({ kind: 'unavailable', code: 0, reason: '', message: 'the answer is no JSON', request, cause });
  }
}
