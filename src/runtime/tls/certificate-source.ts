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
