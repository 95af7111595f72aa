import type { Dispatcher } from 'undici';
import { CancelledError, abandonable, throwIfCancelled } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import { FencedError } from '../base/fence.ts';
import type { Fence } from '../base/fence.ts';
import { InvariantError } from '../base/result.ts';
import type { Connection } from './connection.ts';
import { ApiError, errorOfNetwork, errorOfStatus, isApiError } from './errors.ts';
import type { Status } from './errors.ts';

/** One HTTP request, which is sent once. */
export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The path with the query string. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** See `CallOptions`. */
  readonly fence?: Fence;
}

/** A watch that the API server has accepted. */
export interface OpenStream {
  readonly body: AsyncIterable<Uint8Array>;
  close(): void;
}

/**
 * Sends requests over the pools of a connection. Every failure becomes an `ApiError`, `CancelledError` or
 * `FencedError`.
 */
export class Transport {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #userAgent: string;

  constructor(connection: Connection, clock: Clock, userAgent: string) {
    this.#connection = connection;
    this.#clock = clock;
    this.#userAgent = userAgent;
  }

  /** The text of the answer. Throws for any status other than 2xx. */
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

  /** Opens a stream. The time-out is for the opening; `silenceMs` is the longest time between two pieces. */
  async open(exchange: Exchange, silenceMs: number): Promise<OpenStream> {
    const deadline = this.#deadline(exchange);
    try {
      const answer = await this.#dispatch(exchange, 'watches', deadline.signal, silenceMs);
      if (answer.statusCode !== 200) await this.#accepted(answer, exchange);
      // When a body is destroyed while it isn't read, it emits an error that would otherwise be unhandled.
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
    // The pool looks at the signal only when it has a connection. A caller that cancels earlier has to stop waiting by
    // itself.
    return abandonable(answer, signal);
  }

  async #accepted(answer: Dispatcher.ResponseData, exchange: Exchange): Promise<string> {
    const text = await answer.body.text();
    if (answer.statusCode >= 200 && answer.statusCode < 300) return text;
    if (answer.statusCode === 401) this.#connection.forgetCredentials();
    const wait = Number(answer.headers['retry-after']) * 1000;
    throw errorOfStatus(answer.statusCode, statusOf(text), nameOf(exchange), wait > 0 ? wait : undefined);
  }

  /**
   * Each attempt has a signal of its own, because signals from `AbortSignal.any` accumulate on the caller's long-lived
   * signal.
   */
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

/**
 * A request waits in its pool for a connection, and meanwhile the process may be stopped. So the fence is checked when
 * the request has its connection.
 */
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

/** The error to throw: a cancellation if the caller cancelled, `unavailable` if the attempt timed out or failed. */
function failureOf(exchange: Exchange, error: unknown, attempt: AbortSignal): Error {
  if (isApiError(error) || error instanceof InvariantError || error instanceof FencedError) return error;
  if (exchange.signal.aborted) return new CancelledError(exchange.signal.reason);
  const cause: unknown = attempt.aborted ? attempt.reason : error;
  return errorOfNetwork(cause, nameOf(exchange));
}

/** Verb and path without the query string, for logs. */
export function nameOf(exchange: Pick<Exchange, 'method' | 'path'>): string {
  return `${exchange.method} ${exchange.path.split('?', 1)[0] ?? ''}`;
}

function statusOf(text: string): Status {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Gateways and some handlers of the API server answer in plain text.
  }
  return text === '' ? {} : { message: text.slice(0, 500).trim() };
}

/** Parses an answer of the API server that should be JSON. Throws `unavailable` if it isn't. */
export function parseAnswer(text: string, request: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ApiError({ kind: 'unavailable', code: 0, reason: '', message: 'the answer is no JSON', request, cause });
  }
}
