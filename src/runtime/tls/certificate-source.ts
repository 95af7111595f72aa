/** A certificate and its private key, as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Where a server gets its certificate from, and hears of new ones. */
export interface CertificateSource extends AsyncDisposable {
  /** Resolves when there is a certificate; called once. What ends it is the disposal, not `signal`. */
  start(signal: AbortSignal): Promise<void>;
  /** The certificate to serve now; `InvariantError` before the start is over. */
  current(): KeyPair;
  /** Calls `listener` whenever {@link current} changes, until the handle is disposed. */
  subscribe(listener: (pair: KeyPair) => void): Disposable;
  /** Why callers may not trust the certificate; undefined while they do. For readiness. */
  trouble(): string | undefined;
}
