import type { Logger } from '../../base/logger.ts';
import { invariant } from '../../base/result.ts';

/** A certificate and its private key, as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Gives a server its certificate and reports new ones. */
export interface CertificateSource extends AsyncDisposable {
  /** Resolves when there is a certificate. Call it once. Aborting `signal` only ends the wait; disposal ends the source. */
  start(signal: AbortSignal): Promise<void>;
  /** The certificate to serve now. Throws `InvariantError` until the start has resolved. */
  current(): KeyPair;
  /** Calls `listener` whenever {@link current} changes, until the handle is disposed. */
  subscribe(listener: (pair: KeyPair) => void): Disposable;
  /** Why clients may not trust the certificate, for readiness checks. Undefined while they do. */
  trouble(): string | undefined;
}

/** The pair that is served now, and the listeners for the next one. */
export class ServedPair {
  readonly #listeners = new Set<(pair: KeyPair) => void>();
  readonly #logger: Logger;
  #pair: KeyPair | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Throws `InvariantError` while there is no pair. */
  get current(): KeyPair {
    invariant(this.#pair, 'there is no certificate yet: wait for the start');
    return this.#pair;
  }

  /** Replaces the pair and calls all listeners. An error of a listener is logged and goes no further. */
  replace(pair: KeyPair): void {
    this.#pair = pair;
    for (const listener of this.#listeners) {
      try {
        listener(pair);
      } catch (error) {
        this.#logger.error('a new certificate could not be put to use', { error });
      }
    }
  }

  subscribe(listener: (pair: KeyPair) => void): Disposable {
    const own = (pair: KeyPair): void => listener(pair);
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  }
}
