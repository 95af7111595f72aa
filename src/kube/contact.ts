import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { isApiError } from './errors.ts';

/** Trouble shorter than this is the ordinary life of connections, in milliseconds. */
const graceMs = 5_000;

/** What one watch knows about its API server: when it last answered, and what is wrong since when. */
export class Contact {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #lastContact = Number.NEGATIVE_INFINITY;
  #trouble:
    { readonly kind: string; readonly message: string; readonly since: number; readonly told: boolean } | undefined;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** When the server last said anything, on the monotonic clock; minus infinity when never. */
  get lastContact(): number {
    return this.#lastContact;
  }

  /** Why the server counts as not answering; undefined while all is well, and for the first seconds of trouble. */
  get trouble(): string | undefined {
    if (!this.#trouble || this.#clock.monotonic() - this.#trouble.since < graceMs) return undefined;
    return this.#trouble.message;
  }

  /** The server said something. */
  heard(): void {
    this.#lastContact = this.#clock.monotonic();
    if (this.#trouble?.told) this.#logger.info('the API server answers again', { after: this.#trouble.message });
    this.#trouble = undefined;
  }

  /** An attempt failed; told once for each kind of trouble. A connection that is lost once is nobody's business. */
  lost(error: unknown, attempt: number): void {
    const kind = isApiError(error) ? `${error.kind} ${error.code}` : 'fault';
    const message = error instanceof Error ? error.message : String(error);
    const known = this.#trouble?.kind === kind && this.#trouble.told;
    const tell = !known && (attempt > 0 || !isApiError(error, 'unavailable'));
    if (tell) this.#logger.warn('the API server does not serve a watch', { error });
    else this.#logger.debug('a watch was lost', { error });
    this.#trouble = { kind, message, since: this.#trouble?.since ?? this.#clock.monotonic(), told: known || tell };
  }
}
