import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { isApiError } from './errors.ts';

/** Trouble that lasts less than this, in milliseconds, is normal for connections. */
const graceMs = 5_000;

/** What one watch knows about its API server: when it last answered, and since when something is wrong. */
export class Contact {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #lastContact = Number.NEGATIVE_INFINITY;
  #trouble:
    { readonly kind: string; readonly message: string; readonly since: number; readonly logged: boolean } | undefined;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** When the API server last sent anything, on the monotonic clock in milliseconds; minus infinity if it never did. */
  get lastContact(): number {
    return this.#lastContact;
  }

  /**
   * Why the API server counts as not answering. Undefined while it answers, and during the first five seconds of
   * trouble.
   */
  get trouble(): string | undefined {
    if (!this.#trouble || this.#clock.monotonic() - this.#trouble.since < graceMs) return undefined;
    return this.#trouble.message;
  }

  /** Records that the API server sent something. */
  heard(): void {
    this.#lastContact = this.#clock.monotonic();
    if (this.#trouble?.logged) this.#logger.info('the API server answers again', { after: this.#trouble.message });
    this.#trouble = undefined;
  }

  /**
   * Records that an attempt failed. A warning is logged once for each kind of trouble. A connection that is lost once
   * causes no warning.
   */
  lost(error: unknown, attempt: number): void {
    const kind = isApiError(error) ? `${error.kind} ${error.code}` : 'fault';
    const message = error instanceof Error ? error.message : String(error);
    const known = this.#trouble?.kind === kind && this.#trouble.logged;
    const shouldWarn = !known && (attempt > 0 || !isApiError(error, 'unavailable'));
    if (shouldWarn) this.#logger.warn('the API server does not serve a watch', { error });
    else this.#logger.debug('a watch was lost', { error });
    this.#trouble = {
      kind,
      message,
      since: this.#trouble?.since ?? this.#clock.monotonic(),
      logged: known || shouldWarn,
    };
  }
}
