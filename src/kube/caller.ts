import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { CallOptions } from './client.ts';
import type { Connection } from './connection.ts';
import { isApiError } from './errors.ts';
import { readIsRepeatable, withRetries, writeIsRepeatable } from './retry.ts';
import { Transport, nameOf, parseAnswer } from './transport.ts';
import type { Exchange, OpenStream } from './transport.ts';

/** One finished request, for metrics. */
export interface RequestReport {
  readonly verb: 'get' | 'list' | 'watch' | 'watchlist' | 'create' | 'update' | 'patch' | 'delete';
  /** The plural of the kind, or the raw path. */
  readonly resource: string;
  /** HTTP status; 0 when there was no answer. */
  readonly code: number;
  readonly seconds: number;
}

/** What a client needs. */
export interface ClusterClientOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly random: Random;
  /** Sent as the header `User-Agent`; default `hostport`. */
  readonly userAgent?: string;
  /** Called after every attempt. */
  readonly onRequest?: (report: RequestReport) => void;
}

/** A request without its time limits. */
export type Call = Pick<Exchange, 'method' | 'path' | 'headers' | 'body'> & Pick<RequestReport, 'verb' | 'resource'>;

/** Sends requests, repeats those that may be repeated, and reports every attempt. */
export class Caller {
  readonly #transport: Transport;
  readonly #options: ClusterClientOptions;

  constructor(options: ClusterClientOptions) {
    this.#options = options;
    this.#transport = new Transport(options.connection, options.clock, options.userAgent ?? 'hostport');
  }

  /**
   * The answer, parsed as JSON. Errors are those of {@link Caller.text}, and an `unavailable` for an answer that isn't
   * JSON.
   */
  async json<A>(call: Call, options: CallOptions): Promise<A> {
    return parseAnswer(await this.text(call, options), nameOf(call)) as A;
  }

  /** The text of the answer. Throws `ApiError` or `CancelledError`, or `FencedError` when the fence was closed. */
  text(call: Call, options: CallOptions): Promise<string> {
    const { clock, random } = this.#options;
    const { signal, timeoutMs = 15_000, retryForMs = 30_000, fence } = options;
    const repeatable = call.method === 'GET' ? readIsRepeatable : writeIsRepeatable;
    return withRetries({ clock, random, signal, retryForMs, repeatable }, () =>
      this.#reported(call, () =>
        this.#transport.send({ ...call, signal, timeoutMs, ...(fence === undefined ? {} : { fence }) }),
      ),
    );
  }

  /** Opens a watch. It is tried only once, because the watch loop decides when to try again. */
  open(call: Pick<Call, 'verb' | 'resource'>, exchange: Exchange, silenceMs: number): Promise<OpenStream> {
    return this.#reported(call, () => this.#transport.open(exchange, silenceMs));
  }

  async #reported<A>(call: Pick<RequestReport, 'verb' | 'resource'>, attempt: () => Promise<A>): Promise<A> {
    const { clock, onRequest } = this.#options;
    const began = clock.monotonic();
    const report = (code: number): void =>
      onRequest?.({ verb: call.verb, resource: call.resource, code, seconds: (clock.monotonic() - began) / 1000 });
    try {
      const answer = await attempt();
      report(call.verb === 'create' ? 201 : 200);
      return answer;
    } catch (error) {
      if (isApiError(error)) report(error.code);
      throw error;
    }
  }
}
